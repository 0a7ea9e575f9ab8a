import { bars, counted } from '../draw/lanes.js';
import { table } from '../draw/tables.js';
import { free } from '../free.js';
import * as needs from '../needs.js';

const SENT = 12;

const upstream = (ports) => `upstream experiment {
    server 127.0.0.1:${ports[0]};
    server 127.0.0.1:${ports[1]};
    server 127.0.0.1:${ports[2]};      # nobody listens here
}
server { listen 127.0.0.1:${ports[0]}; return 200 "one"; }
server { listen 127.0.0.1:${ports[1]}; return 200 "two"; }`;

const LOCATIONS = `location /experiment/balanced {
    proxy_pass http://experiment;
}`;

export default {
    ask: {
        question: `An upstream has three servers, and one of them is dead. ${SENT} requests come, one after the other. How many of the clients see an error?`,
        answers: { none: 'none', third: 'every third one', all: 'all: the upstream is broken' },
    },
    steps: [`Two small servers and a dead address become one upstream. ${SENT} requests are sent.`, 'Who answered, and what the proxy tried before, is read from each.'],
    needs: [needs.edit],
    async run(lab) {
        const ports = await free(lab, 3);
        const http = upstream(ports);
        return lab.withServer({ http, locations: LOCATIONS }, () => measured(lab, ports, `${http}\n\n${LOCATIONS}`));
    },
};

async function measured(lab, ports, conf) {
    const seen = [];
    for (let i = 0; i < SENT; i++) {
        const sent = await lab.send('/experiment/balanced');
        seen.push({ sent, exchange: await lab.exchange(sent.id) });
    }
    const errors = seen.filter(({ sent }) => sent.status !== 200);
    const answeredBy = (port) => seen.filter(({ exchange }) => exchange.tries.at(-1)?.to?.endsWith(`:${port}`) && exchange.status === 200).length;
    const failed = seen.flatMap(({ exchange }) => exchange.tries.filter((each) => each.status === null));
    const twice = seen.filter(({ exchange }) => exchange.tries.length > 1);
    return {
        answer: errors.length === 0 ? 'none' : errors.length === SENT ? 'all' : errors.length === SENT / 3 ? 'third' : undefined,
        verdict: `${SENT - errors.length} of ${SENT} were answered. ${failed.length === 1 ? '1 attempt' : `${failed.length} attempts`} met the dead server; the proxy asked the next one.`,
        figures: [
            bars('Answers by server', [...ports.map((port) => ({ label: `:${port}`, value: answeredBy(port), who: 'app' })), { label: 'failed attempts', value: failed.length, who: 'failed' }], { format: counted }),
            table('Requests that needed a second attempt', ['attempts'], twice.slice(0, 4).map(({ sent, exchange }) => ({
                label: `request ${seen.findIndex((each) => each.sent === sent) + 1}`, id: sent.id, cells: [exchange.tries.map((each) => `${each.to ?? each.server}: ${each.status ?? each.error?.code ?? 'no answer'}`).join(', then ')],
            }))),
        ],
        why: 'Servers take turns (round robin). One that does not answer is passed over within the same request, and after max_fails failures (1) it is left alone for fail_timeout (10 s), so only few requests pay for it. Each of the proxy’s threads learns it for itself unless the upstream has a zone.',
        conf,
    };
}
