import { table } from '../draw/tables.js';
import * as needs from '../needs.js';

const NAME = 'no-such-service.invalid';

const STATIC = `upstream experiment {
    server ${NAME}:8000;
}`;

const LATE = `location /experiment/late {
    resolver 127.0.0.11 valid=3s;
    set $service ${NAME};
    proxy_pass http://$service:8000;
}`;

export default {
    ask: {
        question: 'The proxy starts before the app’s container, whose name nobody knows yet. What does it do?',
        answers: { refuses: 'it does not start: host not found', waits: 'it starts, and answers 502 until the name is known' },
    },
    steps: [`A configuration with “server ${NAME}:8000;” is put to work, as at a start.`, 'The same with the name in a variable and a resolver, which is asked for each request.'],
    needs: [needs.edit],
    async run(lab) {
        let refused = null;
        try {
            await lab.withServer({ http: STATIC, locations: 'location /experiment/static {\n    proxy_pass http://experiment;\n}' }, async () => {});
        } catch (error) {
            // what is asked for here is just this refusal
            lab.need(error.status === 422, error.message);
            refused = error.details?.message ?? error.message;
        }
        const late = await lab.withLocations(LATE, () => lab.send('/experiment/late'));
        return {
            answer: refused ? 'refuses' : 'waits',
            verdict: refused ? `The first one was refused: ${refused} The second one was taken, and answers ${late.said}.` : `Both were taken; the second answers ${late.said}.`,
            figures: [table('What became of the configuration', ['at the start', 'a request'], [
                { label: `server ${NAME}:8000;`, cells: [refused ?? 'taken', refused ? 'never came so far' : null], tone: refused ? 'not' : 'ok' },
                { label: `set $service ${NAME}; proxy_pass http://$service:8000;`, cells: ['taken', late.said], tone: 'ok', id: late.id },
            ])],
            why: 'Names in upstream and proxy_pass are looked up once, when the configuration is loaded; one that is unknown then is an error: “host not found in upstream”. With a variable, or with “resolve” (nginx 1.27.3, and this proxy), it is looked up while running. In Docker: depends_on, or resolver 127.0.0.11.',
            conf: `${STATIC}\n\n${LATE}`,
        };
    },
};
