"""Programs at a terminal, as somebody would use them there."""

import os
import pty
import re
import select
import signal
import time

import launch


class Terminal:
    """A program at a terminal of its own."""

    def __init__(self, command, environment):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environment)
        self.text = ""
        self.status = None

    def type(self, text):
        self.text = ""
        os.write(self.fd, text.encode())

    def wait_for(self, pattern):
        """Until what was shown since the last type() has the pattern; returns it, without control sequences."""
        end = time.monotonic() + launch.PATIENCE
        while not re.search(pattern, self.text):
            if time.monotonic() > end:
                raise AssertionError(f"no {pattern!r} in {self.text!r}")
            if select.select([self.fd], [], [], 0.1)[0]:
                shown = os.read(self.fd, 65536).decode(errors="replace")
                self.text += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|[\r\a]", "", shown)
        return self.text

    def wait(self):
        """Until the program has ended by itself; returns its exit status."""
        end = time.monotonic() + launch.PATIENCE
        while self.status is None:
            if time.monotonic() > end:
                raise AssertionError(f"it goes on: {self.text!r}")
            try:
                if select.select([self.fd], [], [], 0.1)[0]:
                    self.text += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:  # the terminal has lost its last program
                self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def end(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)
