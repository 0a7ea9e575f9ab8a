import { chains, house, road } from '../draw/chain.js';
import { note } from '../draw/figure.js';
import * as needs from '../needs.js';
import { isLoopback } from '../../lesson/house.js';
import { address, direct } from './tools.js';

/** Stands for the database's container: a house with an address of its own. */
const OTHER = '127.0.0.2';
const USUAL = 5432;

const CODE = `# settings.py, in the app's container
"HOST": "localhost",      # the app's own house
"HOST": "postgres",       # the service's name in docker-compose.yml

# or
DATABASE_URL=postgres://app:…@postgres:5432/app`;

export default {
    ask: {
        question: 'App and PostgreSQL are two containers. PostgreSQL is well, and listens at 5432 of its own. The app’s settings say localhost:5432. What does the app get?',
        answers: { refused: 'connection refused, at once', timeout: 'nothing, until a timeout', works: 'a connection: Docker passes localhost on' },
    },
    steps: [
        `A socket that listens at ${OTHER} stands for the database’s container; at 127.0.0.1, the app’s own localhost, nobody listens at that port.`,
        'connect() is called for both, and the kernel says what it does.',
    ],
    needs: [needs.sockets],
    async run(lab) {
        const { listening } = await lab.sockets(USUAL);
        let port = USUAL;
        if (listening.length) {
            port = await lab.door(OTHER);
        } else {
            await lab.openDoor({ address: OTHER, port, backlog: 2 });
        }
        const knocks = [];
        for (const [label, to] of [['localhost, the app’s own house', '127.0.0.1'], ['the address of the database’s house', OTHER]]) {
            knocks.push({ label, to, ...await lab.doorCall(`${port}/connect`, { to }) });
        }
        const [own, other] = knocks;
        lab.need(other.call.ok, `the socket at ${OTHER} could not be reached either: ${other.said}`);
        const real = await direct(lab, '/db').then((answer) => (answer.status === 200 ? answer.json() : null), () => null);
        return {
            answer: own.call.ok ? 'works' : own.call.errno === 'ECONNREFUSED' ? 'refused' : 'timeout',
            verdict: `127.0.0.1:${port}: ${own.call.ok ? 'connected' : `${own.call.errno}, ${own.call.message}`}. ${OTHER}:${port}: connected.`,
            figures: [
                chains('Where each call of connect() led', knocks.map(({ label, to, call }) => ({
                    label,
                    parts: [house('app', 'App', '127.0.0.1'), road(call.ok ? 'connect() succeeds' : `connect(): ${call.errno}`, { broken: !call.ok }),
                        house('database', call.ok ? 'PostgreSQL' : 'nobody', `${to}:${port}`, [['listens', call.ok ? 'yes' : 'no', call.ok ? 'ok' : 'not']])],
                }))),
                port === USUAL ? null : note(`Port ${USUAL} is taken here by ${listening[0].program ?? 'another user’s program'}, so this was done with ${port}.`),
                real?.configured ? note(`The app of this playground has its real PostgreSQL at ${real.reachable === false && !real.server ? 'an address that it does not reach' : address(real)}: ${isLoopback(real.server?.address ?? real.server?.host ?? '') ? 'an address of its own house, so here “localhost” is right' : 'another house'}.`) : null,
            ].filter(Boolean),
            why: '“Refused” is an answer: the house is there, and nobody listens at that door. (A wrong address, or a firewall, would more likely be silence, and a timeout.) In a container, localhost is the container itself, and only what runs in it listens there. '
                + 'The database is reached by its service’s name, at the port that it has inside, whatever “ports:” says: that is for the host. And a database that listens on 127.0.0.1 of its own container (listen_addresses = localhost) refuses whoever comes from another one.',
            conf: CODE,
            confTitle: 'The settings',
        };
    },
};
