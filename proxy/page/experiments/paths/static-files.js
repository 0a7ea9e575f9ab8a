import { bars, counted } from '../draw/lanes.js';
import { median } from '../evidence.js';
import * as needs from '../needs.js';

const FILE = '/static/first-page.css';
const TIMES = 40;

/** The first requests open connections and warm up the code. */
const WARM_UP = 5;

export default {
    ask: {
        question: `nginx.conf has "location /static/ { alias …; }". ${TIMES} requests for ${FILE} come through the proxy. How often is the app asked?`,
        answers: { never: 'Never', once: 'Once; the proxy keeps the answer', each: `${TIMES} times` },
    },
    steps: [
        `${FILE} is asked for ${TIMES} times through the proxy and as often directly from the app, by turns.`,
        'For each request, what the proxy recorded says whether the app was asked.',
        'The median time of both ways is compared, if both gave the same file.',
    ],
    needs: [needs.app, needs.location('/static/')],
    async run(lab) {
        lab.say(`${TIMES} requests each way`);
        const turns = await lab.turns(TIMES + WARM_UP, { proxied: [FILE, {}], direct: [FILE, { via: 'direct' }] });
        const proxied = turns.proxied.slice(WARM_UP);
        const direct = turns.direct.slice(WARM_UP);
        lab.need(new Set([...proxied, ...direct].map((sent) => sent.content)).size === 1, 'the two ways did not give the same file');
        const records = (await lab.recorded(FILE)).filter(({ id }) => proxied.some((sent) => sent.id === id));
        lab.need(records.length === TIMES, `the proxy recorded ${records.length} of the ${TIMES} requests`);
        const asked = records.filter(({ tries }) => tries.length > 0).length;
        const [disk, app] = [proxied, direct].map((all) => median(all.map((sent) => sent.ms)));
        return {
            answer: asked === 0 ? 'never' : asked === TIMES ? 'each' : asked === 1 ? 'once' : undefined,
            verdict: `Of ${TIMES} requests through the proxy, ${asked} went to the app.`,
            figures: [
                bars('How often the app was asked', [
                    { label: 'through the proxy', value: asked, who: 'app', id: proxied.at(-1).id },
                    { label: 'directly', value: direct.length, who: 'app' },
                ], { format: counted }),
                bars(`Median time of ${TIMES} requests, seen by the client`, [
                    { label: 'by the proxy, from disk', value: disk, who: 'proxy' },
                    { label: 'by the app', value: app, who: 'app' },
                ]),
            ],
            why: 'A file needs none of the app’s code. A proxy sends it with one system call from the page cache, and the app’s workers stay free for what only they can do. On one machine the times may be alike;'
                + ' the work is the difference.',
            conf: 'location /static/ {\n    alias ../backend/static/;\n}',
        };
    },
};
