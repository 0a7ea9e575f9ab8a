// Chapter 5: the client has a port, too, which the system lends it.
import { h } from '../lib/dom.js';
import { pick } from '../path/path.js';
import { portOf, send } from './lab.js';
import { predict } from './predict.js';

export const title = 'The client has a port, too';

export function chapter() {
    return {
        content: [
            h('p', {}, 'A connection has two ends, so the ', h('strong', {}, 'client'), ' needs a port as well, for the answer to come back to. It does not choose one: the system lends it a free one for '
                + 'as long as the connection lasts, an ', h('strong', {}, 'ephemeral port'), '. The four numbers (client’s address and port, server’s address and port) name one connection among all.'),
            h('p', {}, 'The server’s end always has the same number, however many clients there are: they are told apart by their ends. Look at the path on top, once a request is there: left under each wire stands the client’s port, right the server’s. Where no connection came about, no port was lent.'),
            predict({
                question: 'The console sends three requests to the proxy, each over a new connection (Connection: close). Which ports will they come from?',
                answers: ['all from the same port', 'each from another port', 'all from the proxy’s own port'],
                button: 'Send three requests',
                async run() {
                    const results = [];
                    for (let i = 0; i < 3; i++) {
                        results.push(await send(`/proxy-says?lesson=${i + 1}`, { headers: [['Connection', 'close']] }));
                    }
                    const failed = results.find((result) => !result.from);
                    if (failed) {
                        throw new Error(`No connection: ${failed.error}`);
                    }
                    const from = results.map((result) => portOf(result.from));
                    const at = portOf(results[0].to);
                    const different = new Set(from).size;
                    return {
                        answer: from.every((port) => port === at) ? 2 : different === 1 ? 0 : different === 3 ? 1 : null,
                        evidence: [
                            h('ul', { class: 'socket-lines' }, results.map((result) => h('li', {},
                                h('code', { class: 'client' }, result.from), ' → ', h('code', {}, result.to),
                                result.id ? [' ', h('button', { type: 'button', class: 'small', click: () => pick(result.id) }, 'on the path')] : null))),
                            h('p', {}, `Three clients’ ends: ${from.join(', ')}; one server’s end: ${at}. Sent over one kept connection instead, they would all show one port: the connection is what has the port, not the request.`),
                        ],
                    };
                },
            }),
        ],
    };
}
