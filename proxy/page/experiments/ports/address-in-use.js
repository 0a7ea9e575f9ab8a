import { h } from '../../lib/dom.js';
import { doors } from '../draw/doors.js';
import * as needs from '../needs.js';

const LOW = 80;

export default {
    ask: {
        question: 'A program listens at 127.0.0.1 and a port. A second one calls bind() for 0.0.0.0 and the same port. What does the kernel say?',
        answers: { bound: 'It is bound: the addresses are not the same', EADDRINUSE: '98: Address already in use', EACCES: '13: Permission denied' },
    },
    steps: [
        'A socket is bound to 127.0.0.1 and a free port, and listens.',
        'Others try the same, 0.0.0.0 with that port, and the same with SO_REUSEPORT, which both have to set.',
        `One tries port ${LOW}. The kernel’s answer to each call is shown; all are closed again.`,
    ],
    needs: [needs.sockets],
    async run(lab) {
        const port = await lab.door('127.0.0.1');
        const first = { title: 'the first', bound: '127.0.0.1', port, opened: true, said: 'bound, LISTEN' };
        const same = await bind(lab, 'the same again', { address: '127.0.0.1', port });
        const all = await bind(lab, 'all addresses', { address: '0.0.0.0', port });
        const one = await bind(lab, 'SO_REUSEPORT, the first', { address: '127.0.0.1', port: port + 100, reusePort: true });
        const two = await bind(lab, 'SO_REUSEPORT, the second', { address: '127.0.0.1', port: port + 100, reusePort: true });
        const low = await bind(lab, `port ${LOW}`, { address: '127.0.0.1', port: LOW });
        const { firstUnprivilegedPort } = await lab.sockets();
        return {
            answer: all.opened ? 'bound' : all.errno,
            verdict: `bind() to 0.0.0.0:${port} while 127.0.0.1:${port} is taken: ${all.said}. bind() to port ${LOW}: ${low.said}. On this machine, ports from ${firstUnprivilegedPort} on are for everybody.`,
            figures: [
                doors('Who is let in at the port: the kernel’s answer to bind()', [first, same, all]),
                doors(`Two that have both set SO_REUSEPORT, and port ${LOW}`, [one, two, low]),
            ],
            why: ['One socket listens at an address and port, and 0.0.0.0 stands for all addresses of the machine. With SO_REUSEPORT on both, the kernel shares the connections out between them: that is what ',
                h('code', {}, 'listen … reuseport'), ' is for. Low ports are kept for processes with the privilege CAP_NET_BIND_SERVICE, as root’s, so that who answers at port 80 was put there by the machine’s owner.'],
            conf: 'listen 80;              # bind() to 0.0.0.0:80 failed (98: Address already in use)\nlisten 80 reuseport;    # one listening socket for each worker process',
        };
    },
};

/** Tries to open a door and says what the kernel said. */
async function bind(lab, title, body) {
    const to = { title, bound: body.address, port: body.port };
    try {
        await lab.openDoor({ backlog: 1, ...body });
        return { ...to, opened: true, said: 'bound, LISTEN' };
    } catch (error) {
        const errno = error.details?.errno;
        lab.need(errno, `the console did not try it: ${error.message}`);
        return { ...to, opened: false, errno, said: error.message };
    }
}
