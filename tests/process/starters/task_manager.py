"""A stand-in for the task manager of PBS, as far as pbs_tmrsh and pbsdsh show it.

As in OpenPBS (src/resmom/start_exec.c, start_process) and Torque a task belongs to the daemon of its host, not to who
asked for it: a session of its own, in the home directory, with /dev/null as its input, and with the output files of the
job in place of its output. Whoever asked learns its exit status and nothing else. Here every host is this machine.

STAND_IN_JOB names the folder of the job: `output` and `errors` are its files, `tasks` has the session of every task. A
task waits there until a file `hold` is gone. STAND_IN_UNSHARED is a path that leads nowhere on the hosts;
with STAND_IN_NETWORK they have no network.
"""

import os
import sys
import time

ENVIRONMENT_OF_SCRIPT_ONLY = ("PBS_NODEFILE",)


def nodes(who):
    """The lines of PBS_NODEFILE, once this is found to be a job."""
    for variable, what in (("PBS_ENVIRONMENT", "not executing under PBS"),
                           ("PBS_JOBID", "PBS jobid not in environment"),
                           ("PBS_NODEFILE", "cannot find PBS_NODEFILE")):
        if variable not in os.environ:
            print(f"{who}: {what}", file=sys.stderr)
            sys.exit(255)
    with open(os.environ["PBS_NODEFILE"], encoding="ascii") as file:
        return file.read().splitlines()


def run_task(host, command):
    """The exit status of the command on that host; 254 when it cannot be executed, as the daemon has it."""
    job = os.environ["STAND_IN_JOB"]
    status_in, status_out = os.pipe()
    if (middle := os.fork()) == 0:
        # The daemon: the task is not below who asked for it, and does not end with it.
        os.setsid()
        if os.fork() != 0:
            os._exit(0)
        os.close(status_in)
        for fd in range(3):
            os.dup2(os.open("/dev/null", os.O_RDWR), fd)
        task = os.fork()
        if task == 0:
            os.close(status_out)
            become_task(job, host, command)
        status = os.waitstatus_to_exitcode(os.waitpid(task, 0)[1])
        try:
            os.write(status_out, b"%d" % (status if status >= 0 else 128 - status))
        except BrokenPipeError:
            pass  # who asked for it is gone
        os._exit(0)
    os.waitpid(middle, 0)
    os.close(status_out)
    with os.fdopen(status_in) as pipe:
        return int(pipe.read())


def become_task(job, host, command):
    os.setsid()
    if unshared := os.environ.get("STAND_IN_UNSHARED"):
        command = [word.replace(unshared, "/nonexistent") for word in command]
    with open(os.path.join(job, "tasks"), "a", encoding="ascii") as file:
        print(os.getpid(), host, file=file)
    while os.path.exists(os.path.join(job, "hold")):
        time.sleep(0.01)
    os.chdir(os.environ["HOME"])
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    for name, fd in (("output", 1), ("errors", 2)):
        os.dup2(os.open(os.path.join(job, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), fd)
    environment = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT_OF_SCRIPT_ONLY}
    environment["STAND_IN_HOST"] = host
    if "STAND_IN_NETWORK" in os.environ:
        command = ["unshare", "--user", "--map-current-user", "--net", *command]
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        os._exit(254)
