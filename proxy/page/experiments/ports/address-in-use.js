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
        'Others try the same, and 0.0.0.0 with that port. Two more set SO_REUSEPORT and share a port.',
        `One tries port ${LOW}. The kernel’s answer to each call is shown; all are closed again.`,
    ],
    needs: [needs.sockets],
    async run(lab) {
        const port = await lab.door('127.0.0.1');
        const first = { title: 'the first', bound: '127.0.0.1', port, opened: true, said: 'bound, LISTEN' };
        const same = await bind(lab, 'the same again', '127.0.0.1', port);
        const all = await bind(lab, 'all addresses', '0.0.0.0', port);
        const free = await freePort(lab, port);
        const one = await bind(lab, 'SO_REUSEPORT, the first', '127.0.0.1', free, { reusePort: true, stays: true });
        const two = await bind(lab, 'SO_REUSEPORT, the second', '127.0.0.1', free, { reusePort: true });
        const low = await bind(lab, `port ${LOW}`, '127.0.0.1', LOW);
        const { firstUnprivilegedPort, mayBindPrivileged } = low.answer;
        return {
            answer: all.opened ? 'bound' : all.errno,
            verdict: `bind() to 0.0.0.0:${port} while 127.0.0.1:${port} is taken: ${all.said}. bind() to port ${LOW}: ${low.said}. On this machine ports from ${firstUnprivilegedPort} on are for`
                + ` everybody, and this proxy ${mayBindPrivileged ? 'may bind the lower ones, too' : 'may not bind the lower ones'}.`,
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

/** socket(), bind() and listen(), one after the other, as far as the kernel lets them. */
async function bind(lab, title, address, port, { reusePort = false, stays = false } = {}) {
    const { door } = await lab.doorCall('socket', { reusePort });
    const bound = await lab.doorCall(`${door}/bind`, { address, port });
    const answer = bound.call.ok ? await lab.doorCall(`${door}/listen`, { backlog: 1 }) : bound;
    const { ok, errno, number, message } = answer.call;
    if (!stays) {
        // few may be open at once
        await lab.doorCall(`${door}/close`);
    }
    return { title, bound: address, port, opened: ok, errno, answer: bound, said: ok ? 'bound, LISTEN' : `${number}: ${message}`, note: ok ? '' : bound.said };
}

/** Another port that nobody listens at. */
async function freePort(lab, taken) {
    const { listening } = await lab.sockets();
    let port = taken + 1;
    while (listening.some((socket) => socket.port === port)) {
        port++;
    }
    return port;
}
