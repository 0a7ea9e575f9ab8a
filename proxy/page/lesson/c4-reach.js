// Chapter 4: 127.0.0.1 against 0.0.0.0.
import { call } from '../lib/api.js';
import { h } from '../lib/dom.js';
import { predict } from './predict.js';

export const title = '127.0.0.1 or 0.0.0.0?';

/** An address that is this machine's, and not 127.0.0.1. */
const OTHER = '127.0.0.2';

/** Whether somebody who asks at `to` gets to a door that is bound to `bound`. */
async function knock(bound, to) {
    const { doors } = await call('POST', 'doors', { address: bound, port: 0, backlog: 2 });
    const door = doors.at(-1);
    try {
        const answer = await call('POST', `doors/${door.id}/connect`, { to });
        return { bound, to, port: door.port, ok: answer.call.ok, errno: answer.call.errno, said: answer.said };
    } finally {
        await call('DELETE', `doors/${door.id}`);
    }
}

function drawing({ bound, to, port, ok, errno }) {
    return h('div', { class: 'picture two-houses' },
        h('figure', { class: 'house-drawing' }, h('figcaption', {}, `asks ${to}:${port}`), h('ul', { class: 'rooms', 'aria-label': 'The client' }, h('li', { class: 'room client' }, h('span', {}, 'a client')))),
        h('div', { class: ok ? 'hall' : 'hall bricked', role: 'img', 'aria-label': ok ? 'gets in' : 'is refused' }, h('span', {}, ok ? 'connected' : errno), h('i', {}), h('span', {}, ' ')),
        h('figure', { class: 'house-drawing' }, h('figcaption', {}, 'the server'), h('ul', { class: 'rooms', 'aria-label': 'The server' }, h('li', { class: ok ? 'room app' : 'room app bricked' }, h('b', {}, String(port)), h('span', {}, `bound to ${bound}`)))));
}

export function chapter() {
    return {
        content: [
            h('p', {}, 'A machine has several addresses. ', h('code', {}, '127.0.0.1'), ' (localhost) is the one that only the machine itself can use: a corridor inside the house. Others are for the street: the one in your network, or, for a container, the one in Docker’s.'),
            h('p', {}, 'With bind() a server says at ', h('strong', {}, 'which'), ' of them it listens. ', h('code', {}, '127.0.0.1'), ': only who asks for that very address gets in. ', h('code', {}, '0.0.0.0'), ': all of the machine’s addresses. It is no address to send to; it means “any”.'),
            predict({
                question: `python manage.py runserver binds 127.0.0.1:8000. Somebody asks at another address of the same machine (here ${OTHER}, which stands for a container’s or the network’s). What happens?`,
                answers: ['connected: it is the same machine', 'connection refused'],
                button: 'Bind both ways, and knock',
                async run() {
                    const inner = await knock('127.0.0.1', OTHER);
                    const any = await knock('0.0.0.0', OTHER);
                    return {
                        answer: !any.ok ? null : inner.ok ? 0 : inner.errno === 'ECONNREFUSED' ? 1 : null,
                        evidence: [
                            h('h3', {}, 'Bound to 127.0.0.1'), drawing(inner), h('p', { class: 'about' }, inner.said),
                            h('h3', {}, 'Bound to 0.0.0.0'), drawing(any), h('p', { class: 'about' }, any.said),
                        ],
                    };
                },
            }),
            h('p', {}, 'This is the commonest reason for a 502 in Docker: the app in its container listens on 127.0.0.1, so the proxy in the next container is refused. ', h('code', {}, 'runserver 0.0.0.0:8000'), ' or ', h('code', {}, 'gunicorn --bind 0.0.0.0:8000'), ' opens it. Who else can reach it then is what Docker’s networks and firewalls decide.'),
        ],
    };
}
