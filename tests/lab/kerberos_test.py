#!/usr/bin/env python3
"""Hosts that let people in with a Kerberos ticket and refuse every key: a realm with its key server on login."""
import shutil

import hosts
from hosts import PROGRAMS

REALM = """[libdefaults]
  default_realm = LAB
  dns_lookup_kdc = false
  dns_lookup_realm = false
[realms]
  LAB = {
    kdc = 10.88.0.200
  }
"""
SERVER = """[kdcdefaults]
  kdc_listen = 88
  kdc_tcp_listen = 88
[realms]
  LAB = {
    database_name = /var/lib/krb5kdc/principal
    key_stash_file = /etc/krb5kdc/stash
  }
"""
PORT = 2240
TICKETS = "/home/lab/tickets"
ONLY_KERBEROS = ("GSSAPIAuthentication=yes", "PubkeyAuthentication=no")
WITH_TICKETS = "  GSSAPIAuthentication yes"


class Kerberos(hosts.LabTest):
    NODES = 2

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for host in cls.lab.hosts:
            cls.lab.shell(host, f"echo '{REALM}' >/etc/krb5.conf", user="root")
        cls.lab.shell("login", f"mkdir -p /etc/krb5kdc /var/lib/krb5kdc; echo '{SERVER}' >/etc/krb5kdc/kdc.conf; "
                      "kdb5_util create -s -r LAB -P master >/dev/null; "
                      "for name in lab eve; do kadmin.local -q \"addprinc -pw secret $name\"; done; "
                      "kadmin.local -q 'addprinc -randkey host/node1'; "
                      "kadmin.local -q 'ktadd -k /shared/keytab host/node1'; krb5kdc -P /run/kdc.pid", user="root")
        cls.lab.shell("node1", "mv /shared/keytab /etc/krb5.keytab", user="root")

    def start_sshd(self, *options):
        """A second SSH server on node1, which ends with the test."""
        words = " ".join(f"-o {option}" for option in options)
        self.lab.shell("node1", f"/usr/sbin/sshd -E /var/log/sshd-{PORT}.log -p {PORT} -o PidFile=/run/sshd-{PORT}.pid "
                       f"{words}; until [ -s /run/sshd-{PORT}.pid ]; do sleep 0.01; done", user="root")
        self.addCleanup(self.lab.shell, "node1", f"kill $(cat /run/sshd-{PORT}.pid); rm /var/log/sshd-{PORT}.log; "
                        f"while [ -e /run/sshd-{PORT}.pid ]; do sleep 0.01; done", user="root")
        self.lab.shell("login", f"cp .ssh/known_hosts known; sed -n 's/^node1,[^ ]*/[node1]:{PORT},"
                       f"[10.88.0.1]:{PORT}/p' known >>.ssh/known_hosts")
        self.addCleanup(self.lab.shell, "login", "mv known .ssh/known_hosts")

    def configure(self, *lines):
        text = "\n".join(("Host node1", f"  Port {PORT}", *lines))
        self.lab.shell("login", f"printf '%s\\n' '{text}' >.ssh/config")
        self.addCleanup(self.lab.shell, "login", "rm -f .ssh/config")

    def get_ticket(self, *options, name="lab"):
        self.lab.shell("login", f"echo secret | kinit -c {TICKETS} {' '.join(options)} {name} >/dev/null")
        self.addCleanup(self.lab.shell, "login", f"rm -f {TICKETS}")

    def run_job(self, *options):
        return self.lab.on("login", "env", f"KRB5CCNAME=FILE:{TICKETS}", f"{PROGRAMS}/scoop-run", *options, "-H",
                           "node1:2", f"{PROGRAMS}/full_tree")

    def assert_runs(self, *options):
        job = self.run_job(*options)
        self.assertEqual((job.returncode, job.stdout, job.stderr), (0, "76153\n", ""))

    def assert_refused(self, *words):
        job = self.run_job()
        self.assertEqual(job.returncode, 120)
        for word in words:
            self.assertRegex(job.stderr, word)
        return job.stderr

    def logged(self, text):
        log = self.lab.shell("node1", f"cat /var/log/sshd-{PORT}.log", user="root")
        return log.count(text)

    def test_a_ticket_lets_us_in(self):
        self.start_sshd(*ONLY_KERBEROS)
        self.configure(WITH_TICKETS)
        self.get_ticket()
        self.assert_runs()
        self.assert_runs("--launcher", "openssh")

    def test_the_name_of_the_host_is_that_of_the_connection(self):
        self.start_sshd(*ONLY_KERBEROS)
        self.get_ticket()
        self.lab.shell("login", f"sed -i 's/^.node1.:{PORT},[^ ]*/box/' .ssh/known_hosts")
        self.configure(WITH_TICKETS, "  HostKeyAlias box")
        self.assert_runs()
        self.configure(WITH_TICKETS, "  HostKeyAlias box", "  GSSAPIServerIdentity elsewhere")
        self.assert_refused("there is no Kerberos ticket of lab@LAB for it: .*not found in Kerberos database")

    def test_without_a_ticket_the_host_is_named_and_what_to_do(self):
        self.start_sshd(*ONLY_KERBEROS)
        self.configure(WITH_TICKETS)
        self.assert_refused("node1 +auth +the host takes no keys; it accepts gssapi-with-mic for user lab",
                            "there is no valid Kerberos ticket: No Kerberos credentials available",
                            "get one with `kinit`")
        self.get_ticket("-l", "1s")
        hosts.wait_until(lambda: self.lab.on("login", "klist", "-s", "-c", TICKETS).returncode != 0, "its end")
        # Not the same advice: the ssh program shows a ticket for some minutes longer, in case clocks differ.
        self.assert_refused("there is no valid Kerberos ticket: it has expired")

    def test_the_configuration_has_to_ask_for_it(self):
        self.start_sshd(*ONLY_KERBEROS)
        self.get_ticket()
        for lines in ((), ("  GSSAPIAuthentication no",), (WITH_TICKETS, "  PreferredAuthentications publickey")):
            with self.subTest(lines):
                self.configure(*lines)
                self.assert_refused("Kerberos is not tried", "put `GSSAPIAuthentication yes` into ~/.ssh/config")
        # Only ssh knows what that comes to.
        self.configure("Match host node1", WITH_TICKETS)
        self.assert_runs()

    def test_the_host_may_refuse_a_ticket(self):
        self.start_sshd(*ONLY_KERBEROS)
        self.configure(WITH_TICKETS)
        self.get_ticket(name="eve")
        self.assert_refused("the host refuses the Kerberos ticket of eve@LAB", r"\.k5login")

    def test_the_ticket_comes_before_keys(self):
        self.start_sshd("GSSAPIAuthentication=yes", "LogLevel=VERBOSE")
        self.configure(WITH_TICKETS)
        self.get_ticket()
        self.assert_runs()
        self.assertEqual((self.logged("Accepted gssapi-with-mic"), self.logged("publickey")), (1, 0))

    def test_keys_are_shown_where_no_ticket_helps_and_nothing_is_said_of_it(self):
        self.start_sshd("GSSAPIAuthentication=yes", "LogLevel=VERBOSE", "MaxAuthTries=2")
        self.configure(WITH_TICKETS)
        self.assert_runs()
        self.get_ticket(name="eve")
        self.assert_runs()
        self.assertEqual(self.logged("Accepted publickey"), 2)
        self.lab.shell("node1", "mv .ssh/authorized_keys keys")
        self.addCleanup(self.lab.shell, "node1", "mv keys .ssh/authorized_keys")
        self.lab.shell("login", f"rm {TICKETS}")
        self.assert_refused("the host refuses every key that we have", "there is no valid Kerberos ticket")

    def test_a_host_that_wants_both(self):
        for methods in ("gssapi-with-mic,publickey", "publickey,gssapi-with-mic"):
            with self.subTest(methods):
                self.start_sshd("GSSAPIAuthentication=yes", f"AuthenticationMethods={methods}")
                self.configure(WITH_TICKETS)
                self.get_ticket()
                self.assert_runs()
                self.doCleanups()

    def test_a_key_server_that_is_silent_keeps_nobody_waiting_for_long(self):
        self.start_sshd("GSSAPIAuthentication=yes")
        self.configure(WITH_TICKETS)
        self.get_ticket()
        self.lab.shell("login", "kill -STOP $(cat /run/kdc.pid)", user="root")
        self.addCleanup(self.lab.shell, "login", "kill -CONT $(cat /run/kdc.pid)", user="root")
        job = self.run_job()
        self.assertEqual((job.returncode, job.stdout), (0, "76153\n"), job.stderr)
        self.assertIn("Kerberos has not answered in time; `GSSAPIAuthentication no`", job.stderr)

    def test_tickets_are_handed_on_where_the_configuration_says_so(self):
        self.start_sshd(*ONLY_KERBEROS, "LogLevel=DEBUG")
        self.get_ticket("-f")
        self.configure(WITH_TICKETS)
        self.assert_runs()
        self.assertEqual(self.logged("Received some client credentials"), 0)
        self.configure(WITH_TICKETS, "  GSSAPIDelegateCredentials yes")
        self.assert_runs()
        self.assertEqual(self.logged("Received some client credentials"), 1)


if __name__ == "__main__":
    missing = [name for name in ("krb5kdc", "kadmin.local", "kinit")
               if shutil.which(name, path="/usr/sbin:/sbin:/usr/bin:/bin") is None]
    if missing:
        print(f"skipped: a Kerberos realm needs {', '.join(missing)}")
        raise SystemExit(hosts.SKIPPED)
    hosts.main()
