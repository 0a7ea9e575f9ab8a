import { chains, house, road } from '../draw/chain.js';
import { table } from '../draw/tables.js';
import { lastTry } from '../evidence.js';
import { free } from '../free.js';
import * as needs from '../needs.js';

const NAME = 'shop.experiment';
const OLD = '127.0.0.1';
const NEW = '127.0.0.2';

/** Long enough for who asks again each second to have asked, in ms; and how often it is tried. */
const PATIENCE = 4000;

const made = (port, resolver) => ({
    http: `# the two containers: the same port at two addresses
server { listen ${OLD}:${port}; return 200 "the old container\\n"; }
server { listen ${NEW}:${port}; return 200 "the new container\\n"; }

upstream experiment_once  { server ${OLD}:${port}; }      # the address that the name had when nginx.conf was loaded
upstream experiment_short { zone experiment_short 64k; resolver ${resolver} valid=1s; server ${NAME}:${port} resolve; }
upstream experiment_long  { zone experiment_long 64k; resolver ${resolver} valid=1h; server ${NAME}:${port} resolve; }`,
    locations: `location = /experiment/once  { proxy_pass http://experiment_once; }
location = /experiment/short { proxy_pass http://experiment_short; }
location = /experiment/long  { proxy_pass http://experiment_long; }
location = /experiment/variable {
    resolver ${resolver} valid=1s;
    set $shop ${NAME};
    proxy_pass http://$shop:${port};
}`,
});

const ways = (port) => ({
    once: `looked up once: server ${OLD}:${port};`,
    short: `server ${NAME}:${port} resolve; with valid=1s`,
    long: `server ${NAME}:${port} resolve; with valid=1h`,
    variable: `set $shop ${NAME}; proxy_pass http://$shop:${port}; with valid=1s`,
});

export default {
    ask: {
        question: `nginx.conf says “server ${NAME}:8000 resolve;” and “resolver … valid=1h;”. The app’s container starts again and gets a new address, which the name server knows at once. Whom does the proxy ask?`,
        answers: { old: 'still the old address', new: 'the new one: “resolve” follows the name server', nobody: 'nobody: it answers 502' },
    },
    steps: [
        `A small name server is opened here, which says that ${NAME} is ${OLD}. Two small servers stand for the old and the new container, at ${OLD} and ${NEW}.`,
        'Four locations ask for the name: one with the address that it has now, as a name without “resolve” has it from the start; “resolve” with answers that are good for a second, and for an hour; a variable in proxy_pass.',
        `Then the name server says ${NEW}, and all are asked again for up to ${PATIENCE / 1000} s.`,
    ],
    needs: [needs.edit],
    async run(lab) {
        const [port] = await free(lab, 1);
        const labels = ways(port);
        const names = await lab.call('POST', 'names', { name: NAME, addresses: [OLD], seconds: 60 });
        lab.atEnd(() => lab.call('DELETE', `names/${names.port}`));
        const conf = made(port, `127.0.0.1:${names.port}`);
        return lab.withServer(conf, async () => {
            const ask = async (name) => {
                const sent = await lab.send(`/experiment/${name}`);
                const last = lastTry(await lab.exchange(sent.id));
                return { sent, to: last?.to ?? last?.server ?? null };
            };
            const before = {};
            for (const name of Object.keys(labels)) {
                // the first answer of the name server may still be on its way
                const deadline = performance.now() + PATIENCE;
                do {
                    before[name] = await ask(name);
                } while (before[name].sent.status !== 200 && performance.now() < deadline && !await lab.sleep(100));
                lab.needStatus(before[name].sent, 200, labels[name]);
                lab.need(before[name].to === `${OLD}:${port}`, `${labels[name]} asked ${before[name].to} before anything had changed`);
            }
            lab.say('the name has a new address now');
            await lab.call('POST', `names/${names.port}`, { addresses: [NEW] });
            const moved = performance.now();
            const after = {};
            const took = {};
            while (performance.now() - moved < PATIENCE) {
                for (const name of Object.keys(labels)) {
                    after[name] = await ask(name);
                    if (after[name].to === `${NEW}:${port}`) {
                        took[name] ??= performance.now() - moved;
                    }
                }
                if (took.short !== undefined && took.variable !== undefined && performance.now() - moved > 2000) {
                    break;
                }
                await lab.sleep(200);
            }
            const seconds = ((performance.now() - moved) / 1000).toFixed(1);
            const rows = Object.entries(labels).map(([name, label]) => ({ name, label, ...after[name], took: took[name] }));
            const place = (row) => (row.to === `${NEW}:${port}` ? 'new' : row.to === `${OLD}:${port}` ? 'old' : 'nobody');
            const say = (name) => `the ${place(rows.find((row) => row.name === name))} address`;
            return {
                answer: place(rows.find((row) => row.name === 'long')),
                verdict: `${seconds} s after the name had moved: looked up once, ${say('once')}; resolve with valid=1s, ${say('short')}; with valid=1h, ${say('long')}; the variable, ${say('variable')}.`,
                figures: [
                    chains(`Whom each asked, ${seconds} s after the name server had begun to say ${NEW}`, rows.map((row) => ({
                        label: row.label, id: row.sent.id,
                        parts: [
                            house('proxy', 'proxy', row.sent.to),
                            road(row.sent.said, { broken: row.sent.status === 0 || row.sent.status >= 500 }),
                            house('app', row.sent.status === 200 ? row.sent.line : 'nobody', row.to, [['the name says', NEW, place(row) === 'new' ? 'ok' : 'not']]),
                        ],
                    }))),
                    table('When the new address was asked first', ['before', 'the new address after'], rows.map((row) => ({
                        label: row.label, tone: row.took === undefined ? 'not' : 'ok',
                        cells: [before[row.name].to, row.took === undefined ? `not within ${seconds} s` : `${(row.took / 1000).toFixed(1)} s`],
                    }))),
                ],
                why: `A name in upstream or proxy_pass is looked up once, by the system, when nginx.conf is loaded, and its address stands there until the next reload (nginx -s reload). The name server of this experiment is not the system’s, so the first row has that address itself instead of the name. `
                    + '“resolve” (nginx 1.27.3 and this proxy) and a variable in proxy_pass ask the resolver again, but only when the last answer is too old: valid says when. Docker’s name server is 127.0.0.11. '
                    + 'The old address is not always refused: Docker gives it to the next container that starts, and then the wrong app answers, as the old server here does.',
                conf: `${conf.http}\n\n${conf.locations}`,
            };
        });
    },
};
