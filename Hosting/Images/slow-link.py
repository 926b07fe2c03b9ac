"""Makes what leaves this network namespace late, and loses some of it, as the kernel's netem does; but many kernels come without that.
The kernel hands each packet's number to this process (NFQUEUE), which says later what becomes of the packet.

  slow-link.py DELAY_MS LOSS_PERCENT SECONDS

Ends by itself, takes its rule away and says what it has done. Without this process the rule lets everything pass.
"""
import collections
import random
import socket
import struct
import subprocess
import sys
import time

# linux/netlink.h, linux/netfilter/nfnetlink.h, nfnetlink_queue.h
NETFILTER, REQUEST = 12, 1
QUEUE_SUBSYSTEM, PACKET, VERDICT, CONFIG = 3, 0, 1, 2
COMMAND, PARAMETERS, LENGTH = 1, 2, 3
PACKET_HEADER, VERDICT_HEADER = 1, 2
BIND, NUMBERS_ONLY, DROP, ACCEPT = 1, 1, 0, 1
RULE = ['OUTPUT', '!', '-o', 'lo', '-j', 'NFQUEUE', '--queue-num', '0', '--queue-bypass']


def message(kind, attribute, content):
    padding = b'\0' * (-len(content) % 4)
    body = struct.pack('>BBH', 0, 0, 0) + struct.pack('=HH', 4 + len(content), attribute) + content + padding
    return struct.pack('=IHHII', 16 + len(body), QUEUE_SUBSYSTEM << 8 | kind, REQUEST, 0, 0) + body


def packets(data):
    """The numbers of the packets in what the kernel sent."""
    at = 0
    while at + 16 <= len(data):
        length, kind = struct.unpack_from('=IH', data, at)
        attribute, end = at + 20, at + length
        while kind == QUEUE_SUBSYSTEM << 8 | PACKET and attribute + 4 <= end:
            size, name = struct.unpack_from('=HH', data, attribute)
            if name & 0x3FFF == PACKET_HEADER:
                yield struct.unpack_from('>I', data, attribute + 4)[0]
            attribute += size + 3 & ~3
        at += length + 3 & ~3


def slow_down(queue, delay, loss, until):
    waiting, late, lost = collections.deque(), 0, 0

    def settle_first():
        _, number, verdict = waiting.popleft()
        queue.send(message(VERDICT, VERDICT_HEADER, struct.pack('>II', verdict, number)))

    while (now := time.monotonic()) < until:
        while waiting and waiting[0][0] <= now:
            settle_first()
        wake = min(waiting[0][0], until) if waiting else until
        queue.settimeout(max(0.001, wake - now))
        try:
            for number in packets(queue.recv(1 << 16)):
                is_lost = random.random() < loss
                late, lost = late + (not is_lost), lost + is_lost
                waiting.append((time.monotonic() + delay, number, DROP if is_lost else ACCEPT))
        except TimeoutError:
            pass

    # Not when nothing waits any more: on a busy link that never comes.
    while waiting:
        settle_first()
    return late, lost


def main(delay, loss, seconds):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETFILTER) as queue:
        queue.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        queue.send(message(CONFIG, COMMAND, struct.pack('>BxH', BIND, 0)))
        queue.send(message(CONFIG, PARAMETERS, struct.pack('>IB', 0, NUMBERS_ONLY)))
        queue.send(message(CONFIG, LENGTH, struct.pack('>I', 1 << 16)))
        subprocess.run(['iptables', '-t', 'mangle', '-I', *RULE], check=True)
        try:
            return slow_down(queue, delay / 1000, loss / 100, time.monotonic() + seconds)
        finally:
            subprocess.run(['iptables', '-t', 'mangle', '-D', *RULE], check=True)


if __name__ == '__main__':
    late, lost = main(*map(float, sys.argv[1:]))
    print(f'{late} packets late, {lost} lost')
