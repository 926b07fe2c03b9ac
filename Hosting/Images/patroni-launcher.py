"""Runs Patroni with some of its waits shortened, has a replica heal that Patroni leaves alone, and is a container's first process where it is one.

Patroni has these waits as constants, not as settings:
  - while the leader hands over it looks once a second whether PostgreSQL has stopped (STOP_POLLING_INTERVAL), and a leader that is stopped writes
    its whole checkpoint after it has sent its clients away;
  - it looks once a second whether a PostgreSQL that it has started answers (polling_loop);
  - it notices that PostgreSQL has died in its next round, up to loop_wait later;
  - in an election it waits two seconds for each member that does not answer;
  - without a leader, each request to its REST API opens a replication connection to its own server to ask for the timeline, so that health checks,
    which come often, hold up each other and the election on a busy machine.
What is decided, by whom, and in which order, stays Patroni's: the leader's key is given back only after PostgreSQL has stopped,
and nobody is promoted without the lock and the votes. A wait that this version of Patroni has somewhere else is left alone, and
said so.

  CLUSTER_SERVER_POLL_MS     how often to look at PostgreSQL, and how old a timeline may be that it told; unset: as Patroni does
  CLUSTER_MEMBER_TIMEOUT_MS  how long an election waits for a member that was there before; unset: as Patroni does
  CLUSTER_REBUILD_REPLICA    set: a replica that can never catch up by itself copies the leader's data anew; unset: as Patroni does, which leaves it as it
                             is until somebody calls reinitialize
"""
import functools
import os
import signal
import sys


def look_often(interval):
    """Patroni's own look at a stopping server, more often, and a shorter stop; and a round at once when the server has died."""
    import logging
    import threading
    import time

    from patroni import postgresql, psycopg
    from patroni.__main__ import Patroni
    from patroni.ha import Ha
    from patroni.postgresql.connection import get_connection_cursor
    from psutil import TimeoutExpired

    postgresql.STOP_POLLING_INTERVAL, ordinary = interval, postgresql.STOP_POLLING_INTERVAL
    stop, run, wakeup, end, ended = postgresql.Postgresql.stop, Patroni.run, Ha.wakeup, Patroni.shutdown, []

    # Each of these looks is a process (pg_isready, pg_controldata).
    postgresql.polling_loop = functools.partial(postgresql.polling_loop, interval=max(interval, 0.2))

    # Before a switchover Patroni makes a checkpoint while clients still write. A leader that is stopped gets one too, so that the one that the server ends
    # with is short. The lease is not renewed meanwhile, so the wait ends after a tenth of the shortest lease; the server goes on with it all the same.
    def checkpoint(server):
        login = {**server.connection_pool.conn_kwargs, 'connect_timeout': 2, 'options': '-c statement_timeout=2000'}
        try:
            with get_connection_cursor(**login) as cursor:
                cursor.execute('CHECKPOINT')
        except psycopg.Error as e:
            logging.getLogger('patroni-launcher').info('No checkpoint before the stop: %s', e)

    # Where pg_control says "shut down" while the server still runs, Patroni sleeps a second and then gives the key back early, for the
    # sake of servers that archive for long. Looking often finds nearly every server in that state for some milliseconds, so it gets
    # the time that it had before to end by itself.
    @functools.wraps(stop)
    def patient_stop(self, *args, on_shutdown=None, **kwargs):
        server, early = self.is_running(), on_shutdown
        if server and early and kwargs.get('checkpoint') is False:
            checkpoint(self)

        def later(*locations):
            try:
                server.wait(timeout=ordinary)
            except TimeoutExpired:
                early(*locations)

        try:
            return stop(self, *args, on_shutdown=later if server and early else early, **kwargs)
        finally:
            for api in ended:
                api.server_close()

    # A Patroni that ends has its REST API end first and leaves the socket open: who connects then waits for an answer, and an election with it. Closed once
    # PostgreSQL has stopped, and before the leader's key is given back, it refuses.
    @functools.wraps(end)
    def noted_end(self):
        ended.append(self.api)
        return end(self)

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
    Patroni.shutdown = noted_end
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


def rebuild_replica():
    """Patroni's own reinitialize, begun without a hand, for a replica that can never catch up by itself. It is refused to the holder of the lock and where
    nobody holds it, so there is always a member that has every acknowledged commit."""
    import logging
    import time

    from patroni import psycopg
    from patroni.exceptions import DCSError, PostgresException
    from patroni.ha import Ha

    run, log, told, look = Ha.run_cycle, logging.getLogger('patroni-launcher'), [''], [time.monotonic()]

    def reason(ha):
        server = ha.state_handler
        if 'system ID is invalid' in told[0] or server.state == 'start failed':
            return 'the data directory cannot be read' if not server.is_running() and is_unreadable(server) else None
        if server.state != 'running' or server.role == 'primary' or not ha.cluster or not ha.cluster.leader or server.replication_state():
            look[0] = time.monotonic()
        elif time.monotonic() - look[0] >= 10:
            look[0] = time.monotonic()
            return 'the leader has removed WAL that was never received' if is_left_behind(server, ha.cluster.leader) else None

    # Before a round, which would begin another start in vain.
    @functools.wraps(run)
    def healing_run(self):
        try:
            why = None if self.is_paused() else reason(self)
            if why:
                log.warning('Copying the data of the leader anew: %s (%s)', why, self.reinitialize() or 'begun')
        except (DCSError, PostgresException, psycopg.Error) as e:
            log.info('Could not find out whether to copy the data of the leader anew: %s', e)
        told[0] = run(self)
        return told[0]

    Ha.run_cycle = healing_run


def is_unreadable(server):
    """Whether what lies there is no data directory: no version, or a control file that pg_controldata cannot read or finds corrupt. A server that does not
    start for another reason keeps its data."""
    import subprocess

    if server.data_directory_empty():
        return False
    if not os.path.isfile(os.path.join(server.data_dir, 'PG_VERSION')):
        return True
    control = subprocess.run(
        [server.pgcommand('pg_controldata'), server.data_dir], env={**os.environ, 'LC_ALL': 'C'}, capture_output=True, text=True, errors='replace')
    return control.returncode != 0 or 'CRC' in control.stdout + control.stderr


def is_left_behind(server, leader):
    """Whether the file of WAL that this replica has to go on with is no longer in the leader's pg_wal, on any timeline. The role for pg_rewind may look."""
    from patroni.postgresql.connection import get_connection_cursor

    (position,), = server.query('SELECT pg_catalog.pg_last_wal_replay_lsn()')
    login = {'dbname': server.database, **leader.conn_kwargs(server.config.rewind_credentials), 'target_session_attrs': 'read-write'}
    with get_connection_cursor(connect_timeout=3, options='-c statement_timeout=2000', **login) as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_ls_dir('pg_wal', true, false) AS file"
                       " WHERE pg_catalog.substr(file, 9) = pg_catalog.substr(pg_catalog.pg_walfile_name(%s), 9))", (position,))
        return cursor.fetchone()[0]


def change_patroni():
    poll, limit = seconds('CLUSTER_SERVER_POLL_MS'), seconds('CLUSTER_MEMBER_TIMEOUT_MS')
    if poll:
        attempt(look_often, poll)
        attempt(share_timeline, poll)
    if limit:
        attempt(wait_briefly, limit)
    if os.environ.get('CLUSTER_REBUILD_REPLICA'):
        attempt(rebuild_replica)


def seconds(variable):
    milliseconds = os.environ.get(variable)
    return int(milliseconds) / 1000 if milliseconds else None


def attempt(change, *arguments):
    try:
        change(*arguments)
    except (AttributeError, ImportError) as e:
        print(f'{change.__name__} has no effect on this Patroni: {e}', file=sys.stderr, flush=True)


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

    change_patroni()
    sys.exit(main())
