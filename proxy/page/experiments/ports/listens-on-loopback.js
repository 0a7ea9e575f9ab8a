import { doors } from '../draw/doors.js';
import { time } from '../draw/figure.js';
import { answered, lastTry } from '../evidence.js';
import * as needs from '../needs.js';

const KNOCKED = '127.0.0.2';

const conf = (port) => `location = /experiment {
    proxy_pass http://${KNOCKED}:${port};
    proxy_read_timeout 300ms;    # this server never answers; being let in is what counts
}`;

export default {
    ask: {
        question: `A server is bound to 127.0.0.1 and a port. The proxy connects to that port at ${KNOCKED}, another address of this machine, as a container’s address is. What happens?`,
        answers: { in: 'It is let in: it is the same machine', refused: 'Connection refused', silent: 'No answer at all, until a timeout' },
    },
    steps: [
        'A server (a door that listens and never answers) is bound to 127.0.0.1, and another to 0.0.0.0.',
        `The proxy is told to connect to each at ${KNOCKED}.`,
        'Its record says whether it was connected.',
    ],
    needs: [needs.edit],
    async run(lab) {
        const tried = [];
        for (const bound of ['127.0.0.1', '0.0.0.0']) {
            const port = await lab.door(bound);
            tried.push(await lab.withLocations(conf(port), () => knock(lab, bound, port)));
        }
        const [loopback, all] = tried;
        return {
            answer: loopback.opened ? 'in' : loopback.refused ? 'refused' : 'silent',
            verdict: `Bound to 127.0.0.1: ${loopback.said}. Bound to 0.0.0.0: ${all.said}.`,
            figures: [doors(`The same knock at ${KNOCKED}, on two doors`, tried.map((each) => ({ ...each, title: `bound to ${each.bound}`, knock: KNOCKED })))],
            why: 'A socket bound to 127.0.0.1 accepts only what is sent to exactly that address. Bound to 0.0.0.0, it accepts on all addresses of its machine. An app in a container that binds 127.0.0.1 cannot be'
                + ' reached by the proxy in the container next door: runserver 127.0.0.1:8000 against runserver 0.0.0.0:8000.',
            conf: `${conf(loopback.port)}\n\n# the app\n# BIND=127.0.0.1   reached from its own machine or container only\n# BIND=0.0.0.0     reached at every address`,
        };
    },
};

async function knock(lab, bound, port) {
    const sent = await lab.send('/experiment');
    const exchange = await lab.exchange(sent.id);
    const last = lastTry(exchange);
    lab.need(last, `the proxy tried nothing: ${sent.said}`);
    const opened = last.to !== null;
    const refused = !opened && (sent.header('Proxy-Status') ?? '').includes('connection_refused');
    return {
        bound, port, id: sent.id, opened, refused,
        said: opened ? `connected in ${time(last.connectMs)}, from ${last.from}` : refused ? 'refused' : answered(exchange),
    };
}
