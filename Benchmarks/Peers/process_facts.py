"""What the system knows of this process and of its neighbours; the same as Suite/ProcessFacts.swift."""

import os
import resource
import time

TICKS = os.sysconf("SC_CLK_TCK")


def raise_priority():
    """Asks to be scheduled before others, for threads made later as well; only root may."""
    try:
        if os.getsid(0) == os.getpid():
            with open("/proc/self/autogroup", "w") as group:
                group.write("-20")
    except OSError:
        pass
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -20)
    except OSError:
        pass


def peak_memory():
    """The most physical memory that the process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


class OthersShare:
    """The part of the machine that other processes took since this was made."""

    LIMIT = 0.05

    def __init__(self):
        self.began = self._read()

    def so_far(self):
        busy, own, wall = (now - then for now, then in zip(self._read(), self.began))
        return max(0.0, busy - own) / (max(wall, 1e-3) * os.cpu_count())

    @staticmethod
    def _read():
        with open("/proc/stat") as file:
            user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
        own = resource.getrusage(resource.RUSAGE_SELF)
        return (
            (user + nice + system + irq + softirq + steal) / TICKS,
            own.ru_utime + own.ru_stime,
            time.monotonic(),
        )
