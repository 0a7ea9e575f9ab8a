// Chapter 2: who usually lives behind which port.
import { h } from '../lib/dom.js';
import { asked, place, sentence, USUAL } from './database.js';
import { who } from './house.js';
import { sockets } from './lab.js';
import { predict } from './predict.js';

export const title = 'Who lives behind which port';

/** Well-known ports (IANA's registry, and the habits of developers). */
const PORTS = [
    [22, 'SSH', 'a terminal on another machine', 'TCP'],
    [25, 'SMTP', 'mail between mail servers', 'TCP'],
    [53, 'DNS', 'names to addresses', 'UDP and TCP'],
    [80, 'HTTP', 'web pages: nginx, Apache, this proxy', 'TCP'],
    [443, 'HTTPS', 'the same within TLS; HTTP/3 over UDP', 'TCP and UDP'],
    [3306, 'MySQL, MariaDB', 'a database', 'TCP'],
    [5432, 'PostgreSQL', 'a database', 'TCP'],
    [6379, 'Redis', 'a cache', 'TCP'],
    [8000, 'by habit', 'a Django or other app server while it is developed', 'TCP'],
    [8080, 'by habit', 'a second web server or proxy', 'TCP'],
];

export function chapter() {
    const body = h('tbody', {});

    /** Of a service at its usual port; of PostgreSQL also where else the app has it. */
    function resident(port, found, database) {
        const elsewhere = port === USUAL && database && database.port !== USUAL ? ` (the app’s is at ${database.port})` : '';
        return found ? h('b', {}, who(found.program) ?? 'somebody', elsewhere) : h('span', { class: 'absent' }, 'nobody', elsewhere);
    }

    async function draw() {
        const { listening } = await sockets();
        const state = await asked(listening);
        body.replaceChildren(...PORTS.map(([port, service, what, transport]) => {
            const found = listening.find((socket) => socket.port === port);
            return h('tr', { class: found ? 'here' : null }, h('td', { class: 'number' }, String(port)), h('th', { scope: 'row' }, service), h('td', {}, what), h('td', {}, transport),
                h('td', {}, resident(port, found, place(state))));
        }));
        return { listening, state };
    }

    return {
        opened: draw,
        content: [
            h('p', {}, 'A service is a program that waits for others to ask. Any program may take any free room, but a client has to know where to knock. So the common services have ',
                h('strong', {}, 'well-known ports'), '. Below 1024 a program needs a privilege on most systems, so that not just anybody can pose as the machine’s web server.'),
            h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Well-known ports' }, h('table', { class: 'services' },
                h('thead', {}, h('tr', {}, ['Port', 'Service', 'For', 'Transport', 'Listens here now (TCP)'].map((text) => h('th', { scope: 'col' }, text)))), body)),
            predict({
                question: 'A Django app says it cannot reach its database at db:5432. Which program should be listening there?',
                answers: ['nginx', 'PostgreSQL', 'Django itself'],
                button: 'Look at the table, and at this machine',
                async run() {
                    const { listening, state } = await draw();
                    const row = PORTS.find(([port]) => port === 5432);
                    const found = listening.find((socket) => socket.port === 5432);
                    return {
                        answer: ['nginx', 'PostgreSQL', 'Django itself'].indexOf(row[1]),
                        evidence: h('p', {}, `5432 is ${row[1]}’s port by convention. On this machine ${found ? `${who(found.program) ?? 'somebody'} listens there` : 'nobody listens there now'}: the number alone promises nothing. ${sentence(state, listening)}`),
                    };
                },
            }),
        ],
    };
}
