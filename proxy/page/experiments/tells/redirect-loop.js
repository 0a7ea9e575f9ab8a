import { HOST } from '../conf.js';
import { chains, house, road } from '../draw/chain.js';
import * as needs from '../needs.js';

const VALUES = ['$scheme', 'https'];

const conf = (value) => `location = /https-only {
    proxy_set_header X-Forwarded-Proto ${value};
    ${HOST}
    proxy_pass http://app;
}`;

/** After so many redirects it is clear; browsers give up after about 20. */
const ROUNDS = 4;

export default {
    ask: {
        question: 'The app redirects http to https (SECURE_SSL_REDIRECT). TLS ends at a load balancer, which asks this proxy in plain http; the proxy says “X-Forwarded-Proto $scheme”. What does a browser get?',
        answers: { loop: 'redirects without end', page: 'the page', error: '502' },
    },
    steps: [`The app’s /https-only is asked, and each redirect is followed as a browser behind the load balancer would, ${ROUNDS} times at most.`, 'Once with $scheme (http here, since TLS ended before), and once with https.'],
    needs: [needs.app, needs.edit],
    async run(lab) {
        const rows = [];
        for (const value of VALUES) {
            const answers = await lab.withLocations(conf(value), () => follow(lab, '/https-only'));
            rows.push({
                answers, label: `proxy_set_header X-Forwarded-Proto ${value};`, id: answers.at(-1).id,
                parts: [house('client', 'Browser', 'https'), ...answers.flatMap((answer, i) => [
                    road(answer.status === 301 ? `301 to ${answer.header('Location')}` : answer.said, { broken: i === ROUNDS - 1 && answer.status === 301 }),
                    house(answer.status === 301 ? 'app' : 'client', answer.status === 301 ? 'again' : 'done', `${i + 1}`),
                ])],
            });
        }
        const [plain, told] = rows;
        const loops = (row) => row.answers.length === ROUNDS && row.answers.every((answer) => answer.status === 301);
        lab.need(told.answers.at(-1).status === 200, `also with https the last answer was ${told.answers.at(-1).said}: does the app read X-Forwarded-Proto (SECURE_PROXY_SSL_HEADER)?`);
        return {
            answer: loops(plain) ? 'loop' : plain.answers.at(-1).status === 200 ? 'page' : plain.answers.at(-1).status === 502 ? 'error' : undefined,
            verdict: `With $scheme: ${plain.answers.map((answer) => answer.said).join(', ')}. With https: ${told.answers.map((answer) => answer.said).join(', ')}.`,
            figures: [chains('What the browser is sent, one answer after the other', rows)],
            why: 'Each time the browser comes back by https, the load balancer asks in http again, the proxy truthfully says http, and the app redirects once more. Who ends TLS has to say so, and the proxies behind it must pass it on '
                + '(proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto, and only if nobody else can reach this proxy).',
            conf: VALUES.map(conf).join('\n\n# and then\n'),
        };
    },
};

/** Asks as a browser behind the load balancer does: where a redirect leads by https, the load balancer asks this proxy in plain http. */
async function follow(lab, path) {
    const answers = [await lab.send(path)];
    while (answers.length < ROUNDS && answers.at(-1).status === 301) {
        const to = new URL(answers.at(-1).header('Location'), window.location.href);
        lab.need(to.protocol === 'https:', `the app redirects to ${to}, which is no https`);
        answers.push(await lab.send(to.pathname));
    }
    return answers;
}
