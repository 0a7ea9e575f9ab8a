// Chapter 3: listening in steps, each a system call of its own, each seen in the kernel.
import { call } from '../lib/api.js';
import { h, problem, rest } from '../lib/dom.js';
import { kernel } from './kernel.js';
import { predict } from './predict.js';

export const title = 'Listening, step by step';

/** The system calls in their order: button, what it does. */
const STEPS = [
    ['socket', 'socket()', 'makes a door that leads nowhere yet'],
    ['bind', 'bind()', 'puts an address and a number on it'],
    ['listen', 'listen()', 'opens it: from now on the kernel takes connections'],
    ['connect', 'connect()', 'a client comes, from a port of its own'],
    ['accept', 'accept()', 'the program takes the client out of the queue'],
    ['close', 'close()', 'gives everything back'],
];

const PORT = 9000;

export function chapter() {
    const said = h('p', { role: 'status', id: 'step-said' });
    const view = h('div', {}, kernel(null));
    let door = null;
    let past = -1;

    const items = STEPS.map(([name, text, what], i) => h('li', { 'data-step': name },
        h('button', { type: 'button', click: () => step(i) }, text), h('span', { class: 'about' }, what)));

    function show() {
        items.forEach((item, i) => {
            item.className = i <= past ? 'past' : i === past + 1 ? 'now' : '';
            const mayBeDone = i === 0 ? !door : door && (i === past + 1 || i === 5 || past >= 2 && (i === 3 || i === 4));
            rest(item.querySelector('button'), !mayBeDone);
        });
    }

    async function step(i) {
        const [name] = STEPS[i];
        try {
            const body = { bind: { address: '127.0.0.1', port: PORT }, listen: { backlog: 2 } }[name] ?? {};
            const answer = await call('POST', i === 0 ? 'doors/socket' : `doors/${door}/${name}`, body);
            const { ok } = answer.call;
            said.className = ok ? 'good' : 'problem';
            said.textContent = answer.said;
            view.replaceChildren(kernel(answer.after));
            if (ok && i === 0) {
                door = answer.door;
            }
            if (ok && name === 'close') {
                door = null;
                past = -1;
            } else if (ok) {
                past = Math.max(past, i);
            }
        } catch (error) {
            if (error.status === 404) {
                // it has closed by itself, after some minutes
                door = null;
                past = -1;
            }
            said.className = '';
            said.replaceChildren(problem(error));
        }
        show();
    }

    show();
    return {
        content: [
            h('p', {}, '“The app listens on port 8000” is the end of three steps that every server takes. ', h('code', {}, 'runserver'), ' and ', h('code', {}, 'nginx'), ' take them in a moment; here you take them one by one, with a real socket of this machine (port ', String(PORT), ').'),
            h('ol', { class: 'steps' }, items), said, view,
            predict({
                question: 'A program has called listen(), and never calls accept(). A client connects. What does the client see?',
                answers: ['connection refused', 'it is connected', 'nothing, until accept() is called'],
                button: 'Try it with a door of its own',
                async run() {
                    const { doors } = await call('POST', 'doors', { address: '127.0.0.1', port: 0, backlog: 2 });
                    const own = doors.at(-1);
                    try {
                        const answer = await call('POST', `doors/${own.id}/connect`, {});
                        const state = answer.after.sockets.find((row) => row.role === 'client')?.state;
                        return {
                            answer: answer.call.ok ? (state === 'ESTABLISHED' ? 1 : state === 'SYN_SENT' ? 2 : null) : answer.call.errno === 'ECONNREFUSED' ? 0 : null,
                            evidence: [h('p', {}, `${answer.said}.`), kernel(answer.after)],
                        };
                    } finally {
                        await call('DELETE', `doors/${own.id}`);
                    }
                },
            }),
            h('p', {}, 'So a full queue, and not a missing accept(), is what a client notices: a slow program is connected to, and stays silent.'),
        ],
        closed() {
            if (door) {
                call('DELETE', `doors/${door}`).catch(() => { /* it closes by itself after some minutes */ });
                door = null;
                past = -1;
                show();
            }
        },
    };
}
