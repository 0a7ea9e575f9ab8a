import { figure, hops, time } from '../draw/figure.js';
import { bars, counted } from '../draw/lanes.js';
import * as needs from '../needs.js';
import { queries } from '../../path/queries.js';
import { ask, notes, queriesOf } from './tools.js';

const MIN_NOTES = 5;

const CODE = `# views.py: one query, and then one for each note
for note in Note.objects.order_by('-id')[:20]:
    print(note.author.name)

# one query: the database joins
for note in Note.objects.select_related('author').order_by('-id')[:20]:
    print(note.author.name)`;

export default {
    ask: {
        question: 'A page lists the newest 20 notes, each with its author’s name. The code loops over the notes and writes note.author.name. How many queries does PostgreSQL get?',
        answers: { one: 'one', two: 'two: one for all notes, one for all authors', many: 'one for the notes, and then one more for each of them' },
    },
    steps: [
        'The same list is asked for twice: at /notes/each, where the app asks for the author of each note by itself, and at /notes, where one query joins.',
        'How many queries that took is in Hop-Trace; when each began and ended, the app has noted.',
    ],
    needs: [needs.app, needs.database],
    async run(lab) {
        await notes(lab, MIN_NOTES);
        const ways = [];
        for (const [path, label] of [['/notes/each', 'a query more for each note'], ['/notes', 'one query that joins']]) {
            const { sent, exchange, its } = await ask(lab, path);
            lab.needStatus(sent, 200, path);
            lab.need(its?.queries > 0, `Hop-Trace says of no query for ${path}`);
            ways.push({ path, label, id: sent.id, n: its.queries, its, appMs: exchange.hops[1].durMs, all: await queriesOf(lab, exchange) });
        }
        const [each, join] = ways;
        return {
            answer: each.n > 2 ? 'many' : each.n === 2 ? 'two' : 'one',
            verdict: `${each.path}: ${each.n} queries, ${time(each.its.durMs)} with the database. ${join.path}: ${join.n}, ${time(join.its.durMs)}. The page is the same.`,
            figures: [
                bars('Queries for one page', ways.map(({ path, n, id }) => ({ label: path, value: n, who: 'database', id })), { format: counted }),
                ...ways.map(({ path, label, all, appMs, id }) => figure('waterfall-of', [`${path}: ${label} `, hops(id, path)], queries(all, appMs))),
            ],
            why: 'Each object that is reached by a foreign key is fetched when it is first looked at. In a loop that makes N + 1 queries. Each is quick, so no list of slow queries shows them, but each is a round trip: '
                + 'with the database on another machine (1 ms away, say) the page takes so many milliseconds longer. select_related (a join) or prefetch_related (a second query for all) says beforehand what is needed.',
            conf: CODE,
            confTitle: 'In Django',
        };
    },
};
