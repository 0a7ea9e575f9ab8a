// Chapter 1: an address is a house, a port is a room.
import { h } from '../lib/dom.js';
import { go } from '../lib/router.js';
import { asked, sentence } from './database.js';
import { house, roomsOf } from './house.js';
import { sockets } from './lab.js';
import { predict } from './predict.js';

export const title = 'A house and its rooms';

/** Where the app lives, as far as this house's table says. */
function theApp(listening) {
    const app = roomsOf(listening).find(({ kind }) => kind === 'app');
    return app ? `An app has a room of its own, ${app.port}: from outside you do not see it unless you ask for it.`
        : 'The app has no room in this house now: it has ended, or it lives in another one, such as a container of its own.';
}

export function chapter() {
    const picture = h('div', { class: 'picture' });
    const here = location.port || (location.protocol === 'https:' ? '443' : '80');

    async function draw() {
        const { listening } = await sockets();
        picture.replaceChildren(house(location.hostname, roomsOf(listening), { label: 'The rooms of this machine with somebody in them' }));
        return listening;
    }

    return {
        opened: draw,
        content: [
            h('p', {}, 'A computer on a network has an ', h('strong', {}, 'IP address'), ': like a street address, it says which house. But many programs live in one house: a web server, a '
                + 'database, perhaps a mail server. A ', h('strong', {}, 'port'), ' is the number of a room in it, from 1 to 65535. Address and port together say who is meant: ',
            h('code', {}, `${location.hostname}:${here}`), ' is the room that sent you this page.'),
            h('p', {}, 'This is your machine’s house now (in Docker, the proxy’s container), from the kernel’s own table. A room is drawn where a program listens; all the others are empty.'),
            picture,
            predict({
                question: `You asked for this page at ${location.host}. Who lives in room ${here}?`,
                answers: ['the app that makes the pages', 'the proxy', 'the browser'],
                button: 'Look into the room',
                async run() {
                    const listening = await draw();
                    const found = listening.filter((socket) => String(socket.port) === here);
                    const rooms = roomsOf(found);
                    const database = sentence(await asked(listening), listening);
                    const kind = rooms[0]?.kind;
                    return {
                        answer: kind === 'proxy' ? 1 : kind === 'app' ? 0 : null,
                        evidence: rooms.length ? h('p', {}, `The kernel says: port ${here} belongs to ${rooms[0].who}`, found[0].program ? h('span', {}, ` (${found[0].program.replace(/ \((\d+)\)$/, ', process $1')})`) : '',
                            '. ', theApp(listening), database ? ` ${database}` : '')
                            : h('p', {}, `The kernel’s table of this house has nobody at ${here}: your browser came by another way, such as a port that Docker publishes. Chapter 9 is about that.`),
                    };
                },
            }),
            h('p', {}, 'An address without a port is not enough, and the browser knows that: ', h('code', {}, 'http://localhost/'), ' means port 80, ', h('code', {}, 'https://'), ' means 443. ',
                h('a', { href: '#ports', click: (event) => { event.preventDefault(); go({ tab: 'ports' }); } }, 'Ports'), ' shows the whole house at any time.'),
        ],
    };
}
