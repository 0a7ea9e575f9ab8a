import { variants } from '../conf.js';
import { table } from '../draw/tables.js';
import { answered } from '../evidence.js';
import * as needs from '../needs.js';

const CONF = variants({ idle: 'proxy_set_header Connection "";' });

/** The proxy has kept connections for each of its threads, so it takes some tries until one meets the closed one. */
const TRIES = 24;

export default {
    ask: {
        question: 'The app closes kept connections after a while (gunicorn: --keep-alive 2). Now and then the proxy sends a request on one at that very moment. What becomes of a GET, and of a POST?',
        answers: { differ: 'the GET is sent again and works, the POST is answered with 502', both502: 'both are answered with 502', bothFine: 'both are sent again and work' },
    },
    steps: ['The app’s /fail/next leaves a connection that closes when its next request comes: that moment, on purpose.', 'Then a GET is sent, and another time a POST, until they have met such a connection.'],
    needs: [needs.app, needs.edit],
    run: (lab) => lab.withLocations(CONF, async () => {
        const meet = async (method) => {
            for (let i = 0; i < TRIES; i++) {
                lab.needStatus(await lab.send('/experiment/idle/fail/next'), 200);
                const sent = await lab.send('/experiment/idle/anything', { method, body: method === 'POST' ? 'order=1' : '' });
                const exchange = await lab.exchange(sent.id);
                const [first] = exchange.tries;
                if (first?.reused && first.status === null) {
                    return { sent, exchange };
                }
            }
            return lab.need(false, `in ${TRIES} tries no ${method} met a connection that was just closing`);
        };
        const rows = [];
        for (const method of ['GET', 'POST']) {
            const { sent, exchange } = await meet(method);
            rows.push({
                label: method, id: sent.id, status: sent.status, tone: sent.status === 200 ? 'ok' : 'not',
                cells: [exchange.tries.map((each) => `${each.reused ? 'kept' : 'new'} connection: ${each.status ?? each.error?.text ?? 'no answer'}`).join('; '), sent.said, answered(exchange)],
            });
        }
        const [get, post] = rows;
        return {
            answer: get.status === 200 && post.status === 502 ? 'differ' : get.status === 502 && post.status === 502 ? 'both502' : get.status === 200 && post.status === 200 ? 'bothFine' : undefined,
            verdict: `GET: ${get.status}. POST: ${post.status}.`,
            figures: [table('What the proxy tried', ['attempts', 'the client got', 'who answered'], rows)],
            why: 'Nobody has done anything wrong: the two ends decided at the same moment. A request that may safely be repeated is sent again; a POST might have been carried out, so it is not, and now and then one is answered with 502. The cure: the proxy must close first, so keepalive_timeout in the upstream has to be shorter than the app’s.',
            conf: CONF,
        };
    }),
};
