import { table } from '../draw/tables.js';
import * as needs from '../needs.js';

const LINES = { usual: '', unsafe: 'proxy_next_upstream error timeout non_idempotent;' };

export default {
    ask: {
        question: 'An upstream has two apps, and the first takes a POST and then stays silent until proxy_read_timeout. By default (proxy_next_upstream error timeout), how many apps get this POST?',
        answers: { 1: 'one: a POST is not sent twice', 2: 'both' },
    },
    steps: ['The first server is a door that takes connections and never answers; the app is its backup.', 'A GET and a POST are sent with the default, and a POST with non_idempotent. The proxy’s attempts are counted.'],
    needs: [needs.app, needs.edit],
    async run(lab) {
        const app = (await lab.send('/healthz', { via: 'direct' })).to;
        const port = await lab.door('127.0.0.1', { backlog: 16 });
        const http = `upstream experiment {\n    server 127.0.0.1:${port} max_fails=0;\n    server ${app} backup;\n}`;
        const locations = Object.entries(LINES).map(([name, line]) => `location /experiment/${name}/ {
    proxy_read_timeout 400ms;
    ${line ? `${line}\n    ` : ''}proxy_set_header Host $http_host;
    proxy_pass http://experiment/;
}`).join('\n');
        return lab.withServer({ http, locations }, async () => {
            const rows = [];
            for (const [name, method] of [['usual', 'GET'], ['usual', 'POST'], ['unsafe', 'POST']]) {
                const sent = await lab.send(`/experiment/${name}/anything`, { method, body: method === 'POST' ? 'order=1' : '' });
                const { tries } = await lab.exchange(sent.id);
                rows.push({
                    label: `${method}${LINES[name] ? ' with non_idempotent' : ''}`, id: sent.id, n: tries.length, tone: method === 'POST' && tries.length > 1 ? 'not' : 'ok',
                    cells: [String(tries.length), tries.map((each) => `${each.to ?? each.server}: ${each.status ?? each.error?.code?.replaceAll('_', ' ') ?? 'no answer'}`).join(', then '), sent.said],
                });
            }
            return {
                answer: String(rows[1].n),
                verdict: `How often each was sent: GET ${rows[0].n}, POST ${rows[1].n}, POST with non_idempotent ${rows[2].n}.`,
                figures: [table('How often each was sent', ['apps asked', 'which, and what came', 'the client got'], rows)],
                why: 'A silent app may have done what it was asked for. So nginx asks the next one only for requests that do no harm when they are done twice (GET, HEAD, PUT, DELETE, OPTIONS, TRACE, PROPFIND …), unless non_idempotent says otherwise: then an order may be placed twice. A connection that could not be made is another matter: nothing was sent, so any request goes on.',
                conf: `${http}\n\n${locations}`,
            };
        });
    },
};
