import { bars } from '../draw/lanes.js';
import { table } from '../draw/tables.js';
import { answered } from '../evidence.js';
import { HOST } from '../conf.js';
import * as needs from '../needs.js';

export default {
    ask: {
        question: 'A page takes the app 300 ms. It is in the proxy’s cache, its second of freshness is over, and the app has just gone. With proxy_cache_use_stale error, what does a client get?',
        answers: { stale: 'the old page, at once', 502: '502', wait: 'nothing until the app is back' },
    },
    steps: ['A location caches the app’s /delay/0.3 for one second.', 'It is asked twice; then, when the copy is old, through a location with the same cache whose app is a port where nobody listens.'],
    needs: [needs.app, needs.edit],
    async run(lab) {
        const dead = await lab.door('127.0.0.1');
        await lab.call('DELETE', `doors/${dead}`);
        const key = `experiment${Date.now()}`;
        const http = 'proxy_cache_path /tmp/hopyard-experiment-cache keys_zone=experiment:1m;';
        const location = (name, to) => `location = /experiment/${name} {
    proxy_cache experiment;
    proxy_cache_key ${key};
    proxy_cache_valid 200 1s;
    proxy_cache_use_stale error timeout;
    add_header X-Cache $upstream_cache_status always;
    ${HOST}
    proxy_pass http://${to}/delay/0.3;
}`;
        const locations = [location('page', 'app'), location('later', `127.0.0.1:${dead}`)].join('\n');
        return lab.withServer({ http, locations }, async () => {
            const rows = [];
            for (const [label, path, wait] of [['first', 'page', 0], ['again', 'page', 0], ['old, and the app is gone', 'later', 1300]]) {
                await lab.sleep(wait);
                const sent = await lab.send(`/experiment/${path}`);
                const exchange = await lab.exchange(sent.id);
                rows.push({ label, id: sent.id, sent, cells: [sent.header('X-Cache') ?? null, sent.said, answered(exchange)] });
            }
            const [first, again, old] = rows;
            lab.need(first.cells[0] === 'MISS' && again.cells[0] === 'HIT', `the cache said ${first.cells[0]}, then ${again.cells[0]}: it did not keep the page`);
            return {
                answer: old.cells[0] === 'STALE' && old.sent.status === 200 ? 'stale' : old.sent.status === 502 ? '502' : undefined,
                verdict: rows.map((row) => `${row.label}: ${row.cells[0]}, ${row.sent.said}`).join('; '),
                figures: [
                    bars('How long each took', rows.map((row) => ({ label: `${row.label} (${row.cells[0]})`, value: row.sent.ms, who: row.cells[0] === 'MISS' ? 'app' : 'proxy' }))),
                    table('What the cache did', ['$upstream_cache_status', 'status', 'who answered'], rows),
                ],
                why: 'MISS: the app was asked, and the answer kept. HIT: it was not asked. When the copy is older than proxy_cache_valid, the app is asked again (EXPIRED); if that fails in a way that proxy_cache_use_stale names, the old copy is better than an error (STALE).',
                conf: `${http}\n\n${locations}`,
            };
        });
    },
};
