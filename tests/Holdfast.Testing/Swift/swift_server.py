"""OpenStack Swift with its S3 interface on loopback, for tests: one device, one replica, nothing outside one directory.

Usage: /usr/bin/python3 swift_server.py DIRECTORY PROXY ACCOUNT CONTAINER OBJECT
       DIRECTORY holds swift.conf and proxy-server.conf; a port may be 0 for a free one.

Writes "ready PROXY ACCOUNT CONTAINER OBJECT" once all listen; an early request waits in the queue of its socket. Ends when its
standard input ends, which it does when the process that started this one dies: the servers end and the directory is removed.
"""

import ctypes
import logging
import os
import shutil
import signal
import socket
import sys
from time import time as clock

STORAGE = ['account', 'container', 'object']


class NoDelete(object):
    """A filter behind the authentication: refuses deletions to some users, as a policy without s3:DeleteObject does."""

    def __init__(self, app, conf):
        self.app = app
        self.users = conf.get('users', '').split()
        self.users_for_locks = conf.get('users_who_delete_locks', '').split()

    def __call__(self, environ, start_response):
        if environ['REQUEST_METHOD'] == 'DELETE' and self.refuses(environ):
            start_response('403 Forbidden', [('Content-Length', '0')])
            return [b'']
        return self.app(environ, start_response)

    def refuses(self, environ):
        groups = (environ.get('REMOTE_USER') or '').split(',')
        if any(user in groups for user in self.users):
            return True
        return any(user in groups for user in self.users_for_locks) and '/locks/' not in environ['PATH_INFO']


def no_delete(global_conf, **local_conf):
    return lambda app: NoDelete(app, local_conf)


class MemoryCache(object):
    """What the proxy asks memcached for. There is one proxy process, so its own memory does as well."""

    def __init__(self):
        self.entries = {}

    def get(self, key, raise_on_error=False):
        value, until = self.entries.get(key, (None, 0))
        return value if not until or until > clock() else None

    def set(self, key, value, serialize=True, time=0, min_compress_len=0, raise_on_error=False):
        self.entries[key] = (value, clock() + time if time else 0)

    def incr(self, key, delta=1, time=0):
        value = int(self.get(key) or 0) + int(delta)
        self.set(key, value, time=time)
        return value

    def decr(self, key, delta=1, time=0):
        return self.incr(key, -delta, time)

    def delete(self, key, server_key=None):
        self.entries.pop(key, None)

    def set_multi(self, mapping, server_key, serialize=True, time=0, min_compress_len=0):
        for key, value in mapping.items():
            self.set(key, value, time=time)

    def get_multi(self, keys, server_key):
        return [self.get(key) for key in keys]


cache = MemoryCache()


def memory_cache(global_conf, **local_conf):
    def filter(app):
        def call(environ, start_response):
            environ['swift.cache'] = cache
            return app(environ, start_response)
        return call
    return filter


def listen(port):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(('127.0.0.1', port))
    listener.listen(1024)
    return listener


def prepare(directory, server, port):
    from swift.common.ring import RingBuilder
    builder = RingBuilder(4, 1, 0)
    builder.add_dev({'id': 0, 'region': 1, 'zone': 1, 'weight': 1, 'ip': '127.0.0.1', 'port': port, 'device': 'disk'})
    builder.rebalance()
    builder.get_ring().save(os.path.join(directory, server + '.ring.gz'))
    with open(os.path.join(directory, server + '-server.conf'), 'w') as configuration:
        configuration.write('\n'.join([
            '[DEFAULT]', 'swift_dir = ' + directory, 'devices = ' + os.path.join(directory, 'devices'), 'mount_check = false',
            'bind_port = %d' % port, 'log_level = WARNING', 'log_name = ' + server,
            '[pipeline:main]', 'pipeline = ' + server + '-server',
            '[app:' + server + '-server]', 'use = egg:swift#' + server, 'fallocate_reserve = 0', '']))


def log_to_file(directory):
    from swift.common import utils

    class FileHandler(logging.FileHandler):
        def __init__(self, *_, **__):
            super().__init__(os.path.join(directory, 'log'))

    utils.ThreadSafeSysLogHandler = FileHandler


def serve(directory, name, listener, parent):
    # 1 is PR_SET_PDEATHSIG: the servers never outlive the process that forked them.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    from eventlet.greenio import GreenSocket
    from swift.common import utils, wsgi
    path = os.path.join(directory, name + '.conf')
    conf, logger, _ = wsgi._initrp(path, name)
    utils.eventlet_monkey_patch()
    utils.FALLOCATE_RESERVE = 0
    wsgi.run_server(conf, logger, GreenSocket(listener), global_conf={'log_name': name})


def main():
    directory = sys.argv[1]
    from swift.common import utils
    utils.SWIFT_CONF_FILE = os.path.join(directory, 'swift.conf')
    log_to_file(directory)
    # Loaded once, before the forks.
    import swift.account.server, swift.container.server, swift.obj.server, swift.proxy.server  # noqa: E401, F401
    import swift.common.middleware.s3api.s3api  # noqa: F401
    os.makedirs(os.path.join(directory, 'devices', 'disk'), exist_ok=True)
    listeners = [listen(int(port)) for port in sys.argv[2:6]]
    ports = [listener.getsockname()[1] for listener in listeners]
    for name, port in zip(STORAGE, ports[1:]):
        prepare(directory, name, port)
    parent = os.getpid()
    children = []
    for name, listener in zip(['proxy'] + STORAGE, listeners):
        child = os.fork()
        if child == 0:
            try:
                serve(directory, name + '-server', listener, parent)
            finally:
                os._exit(1)
        children.append(child)
    for listener in listeners:
        listener.close()
    print('ready', *ports, flush=True)
    while os.read(0, 4096):
        pass
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    # Whoever would have removed it has died.
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == '__main__':
    main()
