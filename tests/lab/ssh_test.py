#!/usr/bin/env python3
"""SSH as people have it: gateways, commands in between, certificates, and servers that let few log in at a time.

SCOOP_REPEAT says how often the tests of the crowded servers are repeated.
"""
import os
import re

import hosts
from hosts import PROGRAMS

REPEAT = int(os.environ.get("SCOOP_REPEAT", "3"))
CROWD = 32
CROWD_BEHIND_GATEWAY = 16  # each of these is two log-ins


class Ssh(hosts.LabTest):
    NODES = 3

    def configure(self, text):
        self.lab.shell("login", f"printf '%s\\n' '{text}' >.ssh/config")
        self.addCleanup(self.lab.shell, "login", "rm -f .ssh/config")

    def start_sshd(self, node, port, *options):
        """A second SSH server on a host, with the keys of the first; it ends with the test."""
        words = " ".join(f"-o {option}" for option in options)
        self.lab.shell(node, f"/usr/sbin/sshd -E /var/log/sshd-{port}.log -p {port} -o PidFile=/run/sshd-{port}.pid "
                       f"{words}; until [ -s /run/sshd-{port}.pid ]; do sleep 0.01; done", user="root")
        self.addCleanup(self.lab.shell, node, f"kill $(cat /run/sshd-{port}.pid)", user="root")
        number = self.lab.nodes.index(node) + 1
        self.lab.shell("login", f"cp .ssh/known_hosts known; sed -n 's/^{node},[^ ]*/[{node}]:{port},"
                       f"[10.88.0.{number}]:{port}/p' known >>.ssh/known_hosts")
        self.addCleanup(self.lab.shell, "login", "mv known .ssh/known_hosts")

    def hide(self, node):
        """Nothing passes between the host and the one where jobs are started."""
        self.lab("drop", node, "ip saddr 10.88.0.200")
        self.addCleanup(self.lab, "clear", node)

    def dropped(self, node, port):
        """How many connections a server has closed at once so far."""
        log = self.lab.shell(node, f"cat /var/log/sshd-{port}.log", user="root")
        return log.count("MaxStartups")

    def assert_runs(self, nodes, *options):
        job = self.scoop_run("--start-timeout", 180, *options, "-H", nodes, f"{PROGRAMS}/full_tree", timeout=240)
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)
        return job.stderr

    def test_hosts_behind_a_gateway(self):
        self.hide("node3")
        self.configure("Host node3\n  ProxyJump node1")
        said = self.assert_runs("node3:2,node2:2")
        self.assertIn("node3 cannot connect to this machine, so the tunnel is used", said)

    def test_a_host_behind_two_gateways(self):
        self.hide("node3")
        self.lab("drop", "node3", "ip saddr 10.88.0.1")
        self.configure("Host node3\n  ProxyJump node1,lab@node2")
        self.assert_runs("node3:2")

    def test_a_command_in_between(self):
        self.hide("node3")
        self.configure("Host far\n  HostName node3\n  ProxyCommand ssh -q node1 -W %h:%p")
        self.lab.shell("login", "cp .ssh/known_hosts known; sed -i 's/^node3,/far,node3,/' .ssh/known_hosts")
        self.addCleanup(self.lab.shell, "login", "mv known .ssh/known_hosts")
        self.assert_runs("far:2")

    def test_the_configuration_that_is_named_holds_for_the_gateway_too(self):
        self.hide("node3")
        self.lab.shell("login", "printf 'Host node3\\n  ProxyJump gate\\nHost gate\\n  HostName node1\\n' >'a file'")
        self.addCleanup(self.lab.shell, "login", "rm 'a file'")
        self.lab.shell("login", "cp .ssh/known_hosts known; sed -i 's/^node1,/gate,node1,/' .ssh/known_hosts")
        self.addCleanup(self.lab.shell, "login", "mv known .ssh/known_hosts")
        self.assert_runs("node3:2", "--ssh-config", "a file")

    def test_what_the_command_in_between_says_is_shown(self):
        self.hide("node3")
        self.configure("Host node3\n  ProxyJump nowhere")
        job = self.scoop_run("-H", "node3", f"{PROGRAMS}/full_tree")
        self.assertEqual(job.returncode, 120)
        self.assertRegex(job.stderr, r"node3 +proxy ")
        self.assertIn("Could not resolve hostname nowhere", job.stderr)

    def test_a_certificate_beside_the_key(self):
        # The host knows no key of ours, only who signs keys.
        self.lab.shell("login", "ssh-keygen -q -t ed25519 -N '' -f ca; "
                       "ssh-keygen -y -f .ssh/id_ed25519 >.ssh/id_ed25519.pub; ssh-keygen -q -s ca -I lab -n lab .ssh/id_ed25519.pub")
        self.addCleanup(self.lab.shell, "login", "rm ca ca.pub .ssh/id_ed25519.pub .ssh/id_ed25519-cert.pub")
        key = self.lab.shell("login", "cat ca.pub").strip()
        self.lab.shell("node1", f"echo '{key}' >/etc/ssh/ca.pub", user="root")
        self.start_sshd("node1", 2223, "TrustedUserCAKeys=/etc/ssh/ca.pub", "AuthorizedKeysFile=none")
        self.configure("Host node1\n  Port 2223")
        self.assert_runs("node1:2")
        self.lab.shell("login", "mv .ssh/id_ed25519-cert.pub away")
        job = self.scoop_run("-H", "node1:2", f"{PROGRAMS}/full_tree")
        self.lab.shell("login", "mv away .ssh/id_ed25519-cert.pub")
        self.assertEqual(job.returncode, 120)
        self.assertIn("refuses every key", job.stderr)

    def test_the_key_that_is_named_comes_before_those_of_the_agent(self):
        self.start_sshd("node1", 2224, "MaxAuthTries=2")
        host = "Host node1\n  Port 2224"
        self.configure(host)
        self.lab.shell("login", "for k in 1 2 3; do ssh-keygen -q -t ed25519 -N \"\" -f other$k; done; "
                       "cp .ssh/id_ed25519 named; ssh-keygen -q -y -f named >named.pub")
        self.addCleanup(self.lab.shell, "login", "rm other? other?.pub named named.pub")

        def run(*options):
            words = " ".join(options)
            return self.lab.on("login", "sh", "-c", "eval $(ssh-agent) >/dev/null; ssh-add -q other1 other2 other3; "
                               f"{PROGRAMS}/scoop-run {words} -H node1:2 {PROGRAMS}/full_tree; "
                               "status=$?; ssh-agent -k >/dev/null; exit $status")
        job = run()
        self.assertEqual(job.returncode, 120)
        self.assertRegex(job.stderr, r"node1 +auth +the host ended the connection while keys were offered: .*"
                                     r"Too many authentication failures")
        job = run("--ssh-identity", "named")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)
        self.configure(host + "\n  IdentityFile ~/named")
        job = run()
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)

    def test_a_named_key_that_only_the_agent_can_use_comes_first_too(self):
        self.start_sshd("node1", 2225, "MaxAuthTries=2")
        self.lab.shell("login", "for k in 1 2 3; do ssh-keygen -q -t ed25519 -N '' -f other$k; done; mkdir open; "
                       "mv .ssh/id_ed25519 open/key; cp open/key closed; ssh-keygen -q -p -P '' -N secret -f closed; "
                       "ssh-keygen -y -f open/key >public.pub")
        self.addCleanup(self.lab.shell, "login", "mv open/key .ssh/id_ed25519; rm -r open closed public.pub other?*")
        host = "Host node1\n  Port 2225\n  IdentitiesOnly yes\n  IdentityFile ~/"

        def run(keys, *options):
            words = " ".join(options)
            return self.lab.on("login", "sh", "-c", f"eval $(ssh-agent) >/dev/null; ssh-add -q {keys}; "
                               f"{PROGRAMS}/scoop-run {words} -H node1:2 {PROGRAMS}/full_tree; "
                               "status=$?; ssh-agent -k >/dev/null; exit $status")
        for file in ("closed", "public.pub"):
            with self.subTest(file):
                self.configure(host + file)
                job = run("other1 other2 other3 open/key")
                self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)
        self.configure("Host node1\n  Port 2225")
        job = run("other1 other2 other3 open/key", "--ssh-identity", "closed")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)
        for keys in ("other1", "other1 other2 other3"):
            job = run(keys, "--ssh-identity", "closed")
            self.assertEqual(job.returncode, 120)
            self.assertRegex(job.stderr, "the key closed was not offered: it has a passphrase, and the agent of "
                                         "SSH_AUTH_SOCK does not hold it")
            self.assertIn("ssh-add closed", job.stderr)

    def test_only_the_keys_of_the_configuration_are_shown_when_it_says_so(self):
        self.start_sshd("node1", 2226, "LogLevel=VERBOSE")
        self.lab.shell("login", "ssh-keygen -q -t ed25519 -N '' -f other; cp .ssh/id_ed25519 named")
        self.addCleanup(self.lab.shell, "login", "rm other other.pub named")
        host = "Host node1\n  Port 2226\n  IdentitiesOnly yes\n  IdentityFile ~/"

        def run(file):
            self.configure(host + file)
            return self.lab.on("login", "sh", "-c", "eval $(ssh-agent) >/dev/null; ssh-add -q named other; "
                               f"{PROGRAMS}/scoop-run -H node1:2 {PROGRAMS}/full_tree; "
                               "status=$?; ssh-agent -k >/dev/null; exit $status")

        # The agent and ~/.ssh have one that the host accepts.
        job = run("other")
        self.assertEqual(job.returncode, 120)
        self.assertRegex(job.stderr, r"node1 +auth +the host refuses every key")
        # The ssh program, which is asked whether it would get in, shows that one too.
        def shown():
            return set(re.findall(r"Failed publickey .* (SHA256:\S+)",
                                  self.lab.shell("node1", "cat /var/log/sshd-2226.log", user="root")))
        hosts.wait_until(shown, "what the server says of the first attempt")
        self.assertEqual(shown(), {self.lab.shell("login", "ssh-keygen -lf other").split()[1]})
        job = run("named")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)

    def test_the_agent_that_the_configuration_names(self):
        self.lab.shell("login", "mv .ssh/id_ed25519 open; ssh-keygen -q -y -f open >public.pub; "
                       "cp open closed; ssh-keygen -q -p -P '' -N secret -f closed")
        self.addCleanup(self.lab.shell, "login", "mv open .ssh/id_ed25519; rm public.pub closed")
        # Included, as the configurations of programs are that come with an agent.
        agent = "  IdentityAgent ~/own-agent"
        for settings in ("", "  IdentityFile ~/public.pub\n  IdentitiesOnly yes", "  IdentityFile ~/closed"):
            with self.subTest(settings):
                self.configure("Include ~/.ssh/agent.conf\n" + "Host *\n" + settings)
                self.lab.shell("login", f"printf 'Host *\n{agent}\n' >.ssh/agent.conf")
                self.addCleanup(self.lab.shell, "login", "rm -f .ssh/agent.conf")
                job = self.lab.on("login", "sh", "-c", "eval $(ssh-agent -a ~/own-agent) >/dev/null; ssh-add -q open; "
                                  f"SSH_AUTH_SOCK=/nowhere {PROGRAMS}/scoop-run -H node1:2 {PROGRAMS}/full_tree; "
                                  "status=$?; ssh-agent -k >/dev/null; while [ -e own-agent ]; do sleep 0.01; done; "
                                  "exit $status")
                self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)

    def test_a_certificate_that_only_the_agent_has(self):
        self.lab.shell("login", "ssh-keygen -q -t ed25519 -N '' -f ca; mkdir signed; mv .ssh/id_ed25519 signed/key; "
                       "ssh-keygen -y -f signed/key >signed/key.pub; cp signed/key.pub named.pub; "
                       "ssh-keygen -q -s ca -I lab -n lab signed/key.pub")
        self.addCleanup(self.lab.shell, "login", "mv signed/key .ssh/id_ed25519; rm -r ca ca.pub signed named.pub other?*")
        key = self.lab.shell("login", "cat ca.pub").strip()
        self.lab.shell("node1", f"echo '{key}' >/etc/ssh/ca.pub", user="root")
        self.start_sshd("node1", 2227, "TrustedUserCAKeys=/etc/ssh/ca.pub", "AuthorizedKeysFile=none",
                        "MaxAuthTries=2")
        self.configure("Host node1\n  Port 2227\n  IdentityFile ~/named.pub")
        job = self.lab.on("login", "sh", "-c", "for k in 1 2 3; do ssh-keygen -q -t ed25519 -N '' -f other$k; done; "
                          "eval $(ssh-agent) >/dev/null; ssh-add -q other1 other2 other3 signed/key; "
                          f"{PROGRAMS}/scoop-run -H node1:2 {PROGRAMS}/full_tree; "
                          "status=$?; ssh-agent -k >/dev/null; exit $status")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)

    def certify(self, port, key):
        """A server on node1 that knows no keys, and a certificate `cert` for the public key in the file; both end with
        the test."""
        self.lab.shell("login", f"ssh-keygen -q -t ed25519 -N '' -f ca; cp {key} cert.pub; "
                       "ssh-keygen -q -s ca -I lab -n lab cert.pub; mv cert-cert.pub cert")
        self.addCleanup(self.lab.shell, "login", "rm ca ca.pub cert cert.pub")
        authority = self.lab.shell("login", "cat ca.pub").strip()
        self.lab.shell("node1", f"echo '{authority}' >/etc/ssh/ca.pub", user="root")
        self.start_sshd("node1", port, "TrustedUserCAKeys=/etc/ssh/ca.pub", "AuthorizedKeysFile=none", "MaxAuthTries=2")

    def test_the_certificate_that_the_configuration_names(self):
        self.lab.shell("login", "ssh-keygen -y -f .ssh/id_ed25519 >key.pub; cp .ssh/id_ed25519 key; "
                       "ssh-keygen -q -t ed25519 -N '' -f other")
        self.addCleanup(self.lab.shell, "login", "rm key key.pub other other.pub")
        self.certify(2228, "key.pub")
        for keys in ("", "  IdentityFile ~/other\n  IdentityFile ~/key\n  IdentitiesOnly yes\n"):
            with self.subTest(keys):
                self.configure(f"Host node1\n  Port 2228\n{keys}  CertificateFile ~/cert")
                self.assert_runs("node1:2")
        self.configure("Host node1\n  Port 2228\n  IdentityFile ~/other\n  CertificateFile ~/cert")
        self.lab.shell("login", "mv .ssh/id_ed25519 away")
        self.addCleanup(self.lab.shell, "login", "mv away .ssh/id_ed25519")
        job = self.scoop_run("-H", "node1:2", f"{PROGRAMS}/full_tree")
        self.assertEqual(job.returncode, 120)
        self.assertRegex(job.stderr, "auth +the certificate /home/lab/cert of CertificateFile was not offered: "
                                     "neither a key file nor the agent has its key")

    def test_a_named_certificate_whose_key_only_the_agent_has(self):
        self.lab.shell("login", "mv .ssh/id_ed25519 open; ssh-keygen -y -f open >public.pub; "
                       "for k in 1 2 3; do ssh-keygen -q -t ed25519 -N '' -f other$k; done")
        self.addCleanup(self.lab.shell, "login", "mv open .ssh/id_ed25519; rm public.pub other?*")
        self.certify(2229, "public.pub")
        self.configure("Host node1\n  Port 2229\n  CertificateFile ~/cert")
        job = self.lab.on("login", "sh", "-c", "eval $(ssh-agent) >/dev/null; ssh-add -q other1 other2 other3 open; "
                          f"{PROGRAMS}/scoop-run -H node1:2 {PROGRAMS}/full_tree; "
                          "status=$?; ssh-agent -k >/dev/null; exit $status")
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)

    def test_a_host_key_that_is_revoked(self):
        self.lab.shell("login", "cp .ssh/known_hosts known; sed -n 's/^node1,[^ ]* /@revoked * /p' known >>.ssh/known_hosts")
        self.addCleanup(self.lab.shell, "login", "mv known .ssh/known_hosts")
        for options in ((), ("--ssh-accept-new",)):
            job = self.scoop_run(*options, "-H", "node1:1,node2:1", f"{PROGRAMS}/full_tree")
            self.assertEqual(job.returncode, 120)
            self.assertRegex(job.stderr, "node1 +host key +the host key is marked as revoked in /home/lab/.ssh/known_hosts")
            self.assertIn("1 of 2 hosts failed", job.stderr)

    def test_the_name_under_which_known_hosts_has_a_host(self):
        self.start_sshd("node1", 2230)
        self.lab.shell("login", "sed -i 's/^node1,[^ ]*/gpu-box/; /:2230/d' .ssh/known_hosts")
        self.configure("Host node1\n  Port 2230")
        job = self.scoop_run("-H", "node1:2", f"{PROGRAMS}/full_tree")
        self.assertEqual(job.returncode, 120)
        self.assertIn("the host key is not in known_hosts", job.stderr)
        self.configure("Host node1\n  Port 2230\n  HostKeyAlias gpu-box")
        self.assert_runs("node1:2")

    def test_blocks_that_libssh_reads_otherwise_lead_where_ssh_goes(self):
        for text in ("Match originalhost far\n  HostName node3",
                     "Match canonical all\n  User nobody-at-all\nHost far\n  HostName node3"):
            with self.subTest(text):
                self.configure(text)
                self.assert_runs("far:2")

    def test_the_address_from_which_the_configuration_wants_to_connect(self):
        self.lab.shell("login", "ip address add 10.88.0.222/16 dev eth0", user="root")
        self.addCleanup(self.lab.shell, "login", "ip address del 10.88.0.222/16 dev eth0", user="root")
        self.lab("drop", "node1", "ip saddr 10.88.0.200 tcp dport 22")
        self.addCleanup(self.lab, "clear", "node1")
        self.configure("Host node1\n  BindAddress 10.88.0.222")
        self.assert_runs("node1:2,node2:1")
        self.configure("Host node1\n  BindAddress 192.0.2.1")
        job = self.scoop_run("-H", "node1:1", f"{PROGRAMS}/full_tree")
        self.assertRegex(job.stderr, r"node1 +connect +connect 10\.88\.0\.1 port 22: Cannot assign requested address")

    def test_the_family_of_addresses_that_the_configuration_wants(self):
        self.configure("Host node1\n  AddressFamily inet6")
        job = self.scoop_run("-H", "node1:1", f"{PROGRAMS}/full_tree")
        self.assertEqual(job.returncode, 120)
        self.assertRegex(job.stderr, "node1 +resolve +node1 has no address of the AddressFamily asked for")
        self.configure("Host node1\n  AddressFamily inet")
        self.assert_runs("node1:1")

    def test_a_gateway_that_libssh_would_not_find(self):
        self.hide("node3")
        for jump in ("node1", "node1,lab@node2:22"):
            with self.subTest(jump):
                self.configure(f"Host far\n  HostName node3\nHost far\n  ProxyJump {jump}")
                self.assert_runs("far:2")

    def test_what_only_the_ssh_program_honours_is_told_for_the_hosts_at_hand(self):
        self.configure("Host node2\n  RevokedHostKeys /etc/none\nHost node*\n  PKCS11Provider /none.so\n"
                       "  RevokedHostKeys /dev/null\n  ForwardX11 no\n  ServerAliveInterval 5")
        told = "/home/lab/.ssh/config:{}: the SSH built in here passes over {}; --launcher openssh honours it"
        said = self.assert_runs("node1:1,node3:1")
        self.assertEqual(said, "scoop-run: " + told.format(5, "RevokedHostKeys") + "\n")
        said = self.assert_runs("node1:1,node3:1", "-v")
        self.assertEqual(said.count(told.format(5, "RevokedHostKeys")), 1)
        self.assertEqual(said.count(told.format(4, "PKCS11Provider")), 1)
        self.assertEqual(said.count("passes over"), 2)
        self.assertEqual(self.assert_runs("node1:1,node3:1", "--launcher", "openssh"), "")
        job = self.scoop_run("--ssh-port", 9, "-H", "node1:1", f"{PROGRAMS}/full_tree")
        self.assertTrue(job.stderr.startswith("scoop-run: " + told.format(5, "RevokedHostKeys") + "\n"), job.stderr)
        self.assertRegex(job.stderr, "node1 +connect ")

    def crowd(self, prefix, size):
        return ",".join(f"{prefix}{k:02}:1" for k in range(size))

    def test_a_server_that_lets_few_log_in_at_a_time(self):
        self.start_sshd("node1", 2222, "MaxStartups=2:50:4")
        self.configure("Host a*\n  HostName 10.88.0.1\n  Port 2222")
        for _ in range(REPEAT):
            for launcher in ("ssh", "openssh"):
                self.assert_runs(self.crowd("a", CROWD), "--launcher", launcher)
        self.assertGreater(self.dropped("node1", 2222), 0)

    def test_a_gateway_that_lets_few_log_in_at_a_time(self):
        self.start_sshd("node1", 2231, "MaxStartups=2:50:4")
        self.configure("Host b*\n  HostName 10.88.0.2\n  ProxyJump gate\n"
                       "Host gate\n  HostName 10.88.0.1\n  Port 2231")
        for _ in range(REPEAT):
            for launcher in ("ssh", "openssh"):
                self.assert_runs(self.crowd("b", CROWD_BEHIND_GATEWAY), "--launcher", launcher)
        self.assertGreater(self.dropped("node1", 2231), 0)


if __name__ == "__main__":
    hosts.main()
