import { table } from '../draw/tables.js';
import { lastTry } from '../evidence.js';
import { free } from '../free.js';
import * as needs from '../needs.js';

const NAME = 'no-such-service.invalid';
const PATIENCE = 4000;

const STATIC = `upstream experiment {
    server ${NAME}:8000;
}`;

const app = (port) => `server { listen 127.0.0.1:${port}; return 200 "here I am\\n"; }   # stands for the app`;

const late = (port, resolver) => `location = /experiment/late {
    resolver ${resolver} valid=1s;
    set $service ${NAME};
    proxy_pass http://$service:${port};
}`;

export default {
    ask: {
        question: `nginx.conf says “server ${NAME}:8000;”, and the proxy starts before the app’s container, when nobody knows the name yet. What does it do?`,
        answers: { refuses: 'it does not start: host not found', waits: 'it starts, and answers 502 until the name is known' },
    },
    steps: [
        `A configuration with “server ${NAME}:8000;” is put to work, as at a start.`,
        'The same with the name in a variable and a resolver: a small name server that is opened here, and does not know the address yet.',
        'Then the name server learns it.',
    ],
    needs: [needs.edit],
    async run(lab) {
        let refused = null;
        try {
            await lab.withServer({ http: STATIC, locations: 'location = /experiment/static {\n    proxy_pass http://experiment;\n}' }, async () => {});
        } catch (error) {
            // what is asked for here is just this refusal
            lab.need(error.status === 422, error.message);
            refused = error.details?.message ?? error.message;
        }
        const names = await lab.call('POST', 'names', { name: NAME, addresses: [], seconds: 60 });
        lab.atEnd(() => lab.call('DELETE', `names/${names.port}`));
        const [port] = await free(lab, 1);
        const locations = late(port, `127.0.0.1:${names.port}`);
        return lab.withServer({ http: app(port), locations }, async () => {
            const ask = () => lab.send('/experiment/late');
            const before = lab.needStatus(await ask(), 502, 'the request for a name that nobody knows');
            const { errorLog } = await lab.exchange(before.id);
            await lab.call('POST', `names/${names.port}`, { addresses: ['127.0.0.1'] });
            const known = performance.now();
            let after = await ask();
            while (after.status !== 200 && performance.now() - known < PATIENCE) {
                await lab.sleep(200);
                after = await ask();
            }
            const to = lastTry(await lab.exchange(after.id))?.to;
            return {
                answer: refused ? 'refuses' : 'waits',
                verdict: `${refused ? `The first one was refused: ${refused}.` : 'The first one was taken.'} The second one was taken, and answered ${before.said}; once the name was known, ${after.said}.`,
                figures: [table('What became of the configuration', ['at the start', 'while the name is unknown', 'once it is known'], [
                    { label: `server ${NAME}:8000;`, cells: [refused ?? 'taken', null, null], tone: refused ? 'not' : 'ok' },
                    {
                        label: `set $service ${NAME}; proxy_pass http://$service:${port};`, tone: after.status === 200 ? 'ok' : 'not', id: after.id,
                        cells: ['taken', `${before.said}: ${(errorLog ?? []).join('\n')}`, `${after.said}${to ? ` from ${to}` : ''}`],
                    },
                ], { absent: 'not asked' })],
                why: 'Names in upstream and proxy_pass are looked up once, when the configuration is loaded; one that is unknown then is an error: “host not found in upstream”. With a variable, or with “resolve” (nginx 1.27.3, and this proxy), the name is looked up while the proxy runs, by the resolver. '
                    + 'In Docker: depends_on has the app start first, or resolver 127.0.0.11, which is Docker’s name server.',
                conf: `# refused\n${STATIC}\n\n# taken\n${app(port)}\n${locations}`,
            };
        });
    },
};
