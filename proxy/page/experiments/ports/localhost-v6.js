import { doors } from '../draw/doors.js';
import { answered } from '../evidence.js';
import * as needs from '../needs.js';

export default {
    ask: {
        question: 'A server listens on 127.0.0.1 only. A client asks for “localhost”, and its system tries ::1, the IPv6 address of localhost. What happens?',
        answers: { refused: 'it is refused: ::1 is another address', same: 'it gets in: both are localhost' },
    },
    steps: ['A door is opened at 127.0.0.1, and another at ::1.', 'The proxy knocks at both addresses of the first one’s port.'],
    needs: [needs.edit],
    async run(lab) {
        const port = await lab.door('127.0.0.1', { backlog: 8 });
        const v6 = await lab.door('::1', { backlog: 8 }).catch((error) => lab.need(false, `this machine has no IPv6 loopback: ${error.message}`));
        const location = (name, at) => `location = /experiment/${name} {\n    proxy_read_timeout 300ms;\n    proxy_pass http://${at};\n}`;
        const conf = [location('four', `127.0.0.1:${port}`), location('six', `[::1]:${port}`), location('six-six', `[::1]:${v6}`)].join('\n');
        return lab.withLocations(conf, async () => {
            const list = [];
            for (const [name, title, bound, at, knock] of [['four', 'asked at 127.0.0.1', '127.0.0.1', port, '127.0.0.1'], ['six', 'asked at ::1', '127.0.0.1', port, '[::1]'], ['six-six', 'a door at ::1, asked there', '[::1]', v6, '[::1]']]) {
                const sent = await lab.send(`/experiment/${name}`);
                const exchange = await lab.exchange(sent.id);
                const opened = Boolean(exchange.tries[0]?.from);
                list.push({ title, bound, port: at, knock, opened, id: sent.id, said: opened ? 'connected (and then it says nothing, being only a door)' : answered(exchange) });
            }
            lab.need(list[0].opened && list[2].opened, 'a door did not open to its own address');
            return {
                answer: list[1].opened ? 'same' : 'refused',
                verdict: `At ::1 the door bound to 127.0.0.1 was ${list[1].opened ? 'open' : 'closed'}.`,
                figures: [doors('Who gets in', list)],
                why: '“localhost” is a name, usually for both 127.0.0.1 and ::1. Clients try one after the other, and some only the first. A server that binds one of them is not there at the other. That is why “localhost refused to connect” and “127.0.0.1 works” can both be true.',
                conf,
            };
        });
    },
};
