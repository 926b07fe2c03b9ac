"""Runs Patroni with some of its waits shortened, and as a container's first process where it is one.

Patroni has these waits as constants, not as settings:
  - while the leader hands over it looks once a second whether PostgreSQL has stopped (STOP_POLLING_INTERVAL);
  - it notices that PostgreSQL has died in its next round, up to loop_wait later;
  - in an election it waits two seconds for each member that does not answer;
  - without a leader, each request to its REST API opens a replication connection to its own server to ask for the timeline, so that health checks,
    which come often, hold up each other and the election on a busy machine.
What is decided, by whom, and in which order, stays Patroni's: the leader's key is given back only after PostgreSQL has stopped,
and nobody is promoted without the lock and the votes. A wait that this version of Patroni has somewhere else is left alone, and
said so.

  CLUSTER_SERVER_POLL_MS     how often to look at PostgreSQL, and how old a timeline may be that it told; unset: as Patroni does
  CLUSTER_MEMBER_TIMEOUT_MS  how long an election waits for a member that was there before; unset: as Patroni does
"""
import functools
import os
import signal
import sys


def look_often(interval):
    """Patroni's own look at a stopping server, more often; and a round at once when the server has died."""
    import threading
    import time

    from patroni import postgresql
    from patroni.__main__ import Patroni
    from patroni.ha import Ha
    from psutil import TimeoutExpired

    postgresql.STOP_POLLING_INTERVAL, ordinary = interval, postgresql.STOP_POLLING_INTERVAL
    stop, run, wakeup = postgresql.Postgresql.stop, Patroni.run, Ha.wakeup

    # Where pg_control says "shut down" while the server still runs, Patroni sleeps a second and then gives the key back early, for the
    # sake of servers that archive for long. Looking often finds nearly every server in that state for some milliseconds, so it gets
    # the time that it had before to end by itself.
    @functools.wraps(stop)
    def patient_stop(self, *args, on_shutdown=None, **kwargs):
        server, early = self.is_running(), on_shutdown

        def later(*locations):
            try:
                server.wait(timeout=ordinary)
            except TimeoutExpired:
                early(*locations)

        return stop(self, *args, on_shutdown=later if server and early else early, **kwargs)

    def watch(patroni):
        while True:
            server = getattr(patroni.postgresql, '_postmaster_proc', None)
            if server is not None and not server.is_running():
                wakeup(patroni.ha)
                while getattr(patroni.postgresql, '_postmaster_proc', None) is server:
                    time.sleep(interval)
            time.sleep(interval)

    @functools.wraps(run)
    def watched_run(self):
        threading.Thread(target=watch, args=(self,), name='server watch', daemon=True).start()
        return run(self)

    postgresql.Postgresql.stop = patient_stop
    Patroni.run = watched_run


def share_timeline(lifetime):
    """One question for all who ask for the server's own timeline at nearly the same time. An old answer can only be too low, which makes a member wait."""
    import threading
    import time

    from patroni.postgresql import Postgresql

    ask, guard, told = Postgresql.get_replica_timeline, threading.Lock(), [float('-inf'), None]

    @functools.wraps(ask)
    def shared(self):
        with guard:
            if time.monotonic() - told[0] >= lifetime:
                timeline = ask(self)
                told[:] = time.monotonic(), timeline
            return told[1]

    Postgresql.get_replica_timeline = shared


def wait_briefly(limit):
    """In an election, a member that answered in the one before gets no longer than the limit. One that did not gets Patroni's own time, so that a machine
    on which everything is slow still finds its votes. No answer is never a vote."""
    import threading

    from patroni.ha import Ha
    from patroni.request import PatroniRequest

    elect, ask = Ha._is_healthiest_node, PatroniRequest.__call__
    election, silent = threading.Event(), set()

    @functools.wraps(elect)
    def marked_elect(self, *args, **kwargs):
        election.set()
        try:
            return elect(self, *args, **kwargs)
        finally:
            election.clear()

    @functools.wraps(ask)
    def brief_ask(self, member, *args, **kwargs):
        if not election.is_set() or 'timeout' not in kwargs:
            return ask(self, member, *args, **kwargs)
        if member.name not in silent:
            kwargs['timeout'] = min(kwargs['timeout'], limit)
        silent.add(member.name)
        answer = ask(self, member, *args, **kwargs)
        silent.discard(member.name)
        return answer

    Ha._is_healthiest_node = marked_elect
    PatroniRequest.__call__ = brief_ask


def shorten_waits():
    waits = (('CLUSTER_SERVER_POLL_MS', look_often), ('CLUSTER_SERVER_POLL_MS', share_timeline), ('CLUSTER_MEMBER_TIMEOUT_MS', wait_briefly))
    for variable, shorten in waits:
        milliseconds = os.environ.get(variable)
        if milliseconds:
            try:
                shorten(int(milliseconds) / 1000)
            except (AttributeError, ImportError) as e:
                print(f'{variable} has no effect on this Patroni ({shorten.__name__}): {e}', file=sys.stderr, flush=True)


def supervise(child):
    """What a container's first process has to do: pass signals on, reap, and end as its child ended, which tells a crash from a stop."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGABRT):
        signal.signal(number, lambda received, _: os.kill(child, received))
    while True:
        ended, status = os.wait()
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


# Patroni starts PostgreSQL through multiprocessing's "spawn", which imports this file again under another name.
if __name__ == '__main__':
    patroni_process = os.fork() if os.getpid() == 1 else 0
    if patroni_process:
        sys.exit(supervise(patroni_process))

    from patroni.__main__ import main

    shorten_waits()
    sys.exit(main())
