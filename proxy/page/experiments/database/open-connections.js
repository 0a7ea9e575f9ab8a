import { figure } from '../draw/figure.js';
import { bars, counted } from '../draw/lanes.js';
import { table } from '../draw/tables.js';
import * as needs from '../needs.js';
import { kindOf, pool } from '../../path/pool.js';
import { address, ask, db, portOf } from './tools.js';

const TIMES = 20;

export default {
    ask: {
        question: `${TIMES} requests, one after the other, have each asked the database something. They are over, and nobody asks any more. How many connections to PostgreSQL are open?`,
        answers: { none: 'none: each was closed with its request', few: 'a few: the app’s pool keeps them', each: `${TIMES}: one of each request` },
    },
    steps: [
        `${TIMES} requests are sent through the proxy, one after the other. Hop-Trace says which connection each has used.`,
        'Then PostgreSQL says which connections it has (pg_stat_activity), and the kernel which sockets of its port there are.',
    ],
    needs: [needs.app, needs.database],
    async run(lab) {
        const used = [];
        for (let i = 0; i < TIMES; i++) {
            const { sent, its } = await ask(lab, '/notes');
            lab.needStatus(sent, 200, `request ${i + 1}`);
            lab.need(its?.from, `Hop-Trace says of no connection for request ${i + 1}`);
            used.push({ from: its.from, pid: its.pid, id: sent.id, n: its.connection, use: its.request });
        }
        await lab.sleep(500);
        const state = await db(lab);
        lab.need(state.reachable, `PostgreSQL cannot be asked for its connections: ${state.error?.text}`);
        const kernel = await lab.sockets(portOf(state)).catch(() => null);
        const established = kernel?.states.ESTABLISHED;
        const different = [...new Set(used.map(({ from }) => from))];
        const open = state.connections.length;
        const last = used.at(-1);
        const stays = state.connections.some(({ pid }) => pid === last.pid);
        return {
            answer: !stays ? 'none' : different.length === TIMES ? 'each' : 'few',
            verdict: `${TIMES} requests used ${counted(different.length)} ${different.length === 1 ? 'connection' : 'connections'}. Open now: ${open}, all of them ${state.connections.every((each) => kindOf(each) === 'idle') ? 'idle' : 'not idle'}.`
                + (established === undefined ? '' : ` The kernel’s table here has ${established} sockets of port ${portOf(state)} in ESTABLISHED${established === 2 * (open + 1) ? ': two for each connection, because both ends are here, and one connection more, by which the app asks PostgreSQL about the others' : ''}.`),
            figures: [
                bars(`Connections for ${TIMES} requests`, [
                    { label: 'used', value: different.length, who: 'database', id: last.id }, { label: 'open now', value: open, who: 'database' }, { label: 'the pool may have', value: state.pool.max, who: 'database' },
                ], { format: counted }),
                figure('pool-of', 'The pool now', pool(state, { mine: last.pid })),
                table('The last of them', ['the app’s port', 'PostgreSQL’s process', 'use of this connection'], used.slice(-3).map(({ from, pid, id, n, use }, i) => ({
                    label: `request ${TIMES - 2 + i}`, id, cells: [from, String(pid), `${use} (connection ${n})`],
                }))),
            ],
            why: `A connection to PostgreSQL costs a TCP handshake, a password and a new process, some milliseconds. So the pool keeps them (here to ${address(state)}), and the app’s port stays the same from request to request. Django by itself closes it with each request (CONN_MAX_AGE = 0), unless it is told to keep it, or has a pool (from 5.1 on). `
                + 'What is kept is open on the other side, too: every app process times its pool must be less than max_connections (100), or the next one gets “sorry, too many clients already”.',
            production: 'A process that is killed leaves its connections to PostgreSQL until the kernel tells. A firewall that forgets idle connections breaks them without a word: then the first query after a quiet night fails. Keepalives, or a maximum lifetime of the pool’s connections, prevent both.',
        };
    },
};
