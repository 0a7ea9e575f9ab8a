import { endDatabase, startDatabase } from '../../lib/again.js';
import { chains, house, road } from '../draw/chain.js';
import { time } from '../draw/figure.js';
import { answered } from '../evidence.js';
import { free } from '../free.js';
import * as needs from '../needs.js';
import { blame, fault } from '../../path/database.js';
import { address, ask, db, direct, portOf } from './tools.js';

const conf = (port) => `location = /experiment/dead-app { proxy_pass http://127.0.0.1:${port}; }   # as if the app were dead`;

export default {
    ask: {
        question: 'PostgreSQL has ended. The app and the proxy are well. Somebody asks for a page with rows. What does the client get, and from whom?',
        answers: { 500: '500, from the app', 502: '502, from the proxy', 503: '503, from the app', 504: '504, from the proxy' },
    },
    steps: [
        'The list of notes is asked for, while all is well.',
        'You end PostgreSQL, as is shown here, and the list is asked for again; so is a page that needs no rows, and one whose app is dead.',
        'You start it again, and the app is watched until it answers with rows.',
    ],
    needs: [needs.app, needs.edit, needs.database],
    async run(lab) {
        const state = await db(lab);
        const [dead] = await free(lab, 1);
        const { end, start } = await ways(lab, state);
        const before = await ask(lab, '/notes');
        lab.needStatus(before.sent, 200, 'the list of notes');
        return lab.withLocations(conf(dead), async () => {
            await lab.byHand({ text: `end PostgreSQL, which listens at ${address(state)}${end.text}.`, commands: end.commands }, async () => (await db(lab)).reachable === false);
            lab.say('asking without the database');
            const first = await ask(lab, '/notes');
            // a connection that the pool had kept breaks when it is used; the next one is not to be had
            const isLost = first.its?.error === 'connection_lost';
            const rows = [
                ['the list of notes', isLost ? await ask(lab, '/notes') : first],
                ['a page without rows', await ask(lab, '/healthz')],
                ['as if the app were dead', await ask(lab, '/experiment/dead-app')],
            ];
            const [list, plain, app] = rows.map(([, each]) => each);
            if (isLost) {
                rows.unshift(['the first request, by a connection that was kept', first]);
            }
            lab.need(list.sent.status !== 200, 'PostgreSQL was there again before it was missed: somebody has started it anew');
            const took = await recovery(lab, start, portOf(state));
            lab.needStatus(plain.sent, 200, 'a page without rows');
            lab.needStatus(app.sent, 502, 'the location whose app is dead');
            return {
                answer: String(list.sent.status),
                verdict: `Without the database: ${list.sent.said}, and the proxy says: ${answered(list.exchange)}. ${blame(list.exchange) ? `Hop-Trace says why: ${blame(list.exchange)}. ` : ''}Without the app: ${app.sent.said} (${answered(app.exchange)}).${took === null ? '' : ` Since PostgreSQL listens again, ${time(took)} have passed until the app had rows.`}`,
                figures: [chains('Who was reached, and who answered', rows.map(([label, { sent, exchange, its }]) => ({
                    label: `${label}: ${sent.said}`, id: sent.id,
                    parts: [
                        house('proxy', 'Proxy', exchange.client.at),
                        road(exchange.tries.at(-1)?.to ? 'answers' : 'refused', { broken: !exchange.tries.at(-1)?.to }),
                        house('app', 'App', exchange.tries.at(-1)?.to ?? exchange.tries.at(-1)?.server, [['says', exchange.answeredBy.who === 'app' ? sent.said : 'nothing', sent.status < 400 ? 'ok' : 'not']]),
                        ...(its ? [road(its.from ? 'asks' : fault(its.error ?? 'no_connection'), { broken: !its.from || Boolean(its.error) }), house('database', 'PostgreSQL', its.at ?? address(state))] : []),
                    ],
                })))],
                why: '502 Bad Gateway is a proxy’s word: whoever it asked gave no valid answer. The app did give one, a 500: it was asked, it ran, and its own question went wrong (in Django, an OperationalError). So a 500 with a dead database is the app’s, and stands in the app’s log; a 502 is the proxy’s, and stands in the proxy’s. '
                    + 'A page that needs no rows goes on working, and so does a health check that asks no database: the load balancer finds this app well.',
                conf: conf(dead),
            };
        });
    },
};

/** Waits until it is started and the app has rows; gives how long that took since it listens, in ms, or null where the kernel cannot say. */
async function recovery(lab, start, port) {
    let listens = null;
    await lab.byHand({ text: `start PostgreSQL again${start.text}.`, commands: start.commands }, async () => {
        const { listening } = await lab.sockets(port).catch(() => ({ listening: [] }));
        listens ??= listening.length ? performance.now() : null;
        return (await direct(lab, '/notes')).status === 200;
    });
    return listens === null ? null : performance.now() - listens;
}

/** How to end it and start it again, each as { text, commands }. */
async function ways(lab, { server }) {
    const { listening } = await lab.sockets(server.port).catch(() => ({ listening: [] }));
    const pid = listening.find(({ program }) => /^postgres\b/.test(program ?? ''))?.pid;
    const by = (command) => (command ? { text: '', commands: [command] } : { text: ', as you do with yours', commands: [] });
    return { end: by(endDatabase(server, pid)), start: by(startDatabase(server)) };
}
