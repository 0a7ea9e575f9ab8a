// The filter language of Live: words and key:value terms, all of which must hold; a minus before a term turns it round.
//
//   status:5xx  status>=400  method:POST  path:/static  host:localhost  type:json  who:proxy  why:refused  outcome:cut
//   ms>100  size>10000  from:127.0.0.1  conn:3  id:17  header:cookie  /regular expression/  "words with blanks"

/** What a key means in an exchange: text is searched, a number compared. */
const KEYS = {
    status: (x) => x.status,
    method: (x) => x.method,
    path: (x) => x.target,
    host: (x) => x.host,
    type: (x) => x.type ?? '',
    who: (x) => x.answeredBy.who,
    why: (x) => x.answeredBy.why ?? '',
    outcome: (x) => x.outcome,
    ms: (x) => x.phases.totalMs,
    size: (x) => x.bytes.sent,
    from: (x) => x.client.from,
    conn: (x) => x.client.connection,
    id: (x) => x.number ?? x.id,
    cache: (x) => x.cache ?? '',
};

const NUMBERS = new Set(['ms', 'size', 'conn', 'id', 'status']);

export const keys = [...Object.keys(KEYS), 'header'];

const TERM = /(-)?(?:([a-z]+)(:|>=|<=|>|<|=))?("[^"]*"|\/(?:[^/\\\s]|\\.)+\/(?=\s|$)|\S+)/gi;

const COMPARE = {
    '>': (a, b) => a > b, '<': (a, b) => a < b, '>=': (a, b) => a >= b, '<=': (a, b) => a <= b, '=': (a, b) => a === b,
};

/**
 * Reads a filter.
 *
 * @return { test(exchange), headers: the field names and texts that only the console can look for, each { text, not }, hint: what may have been meant, or '' }
 * @throws Error with what is wrong and how it is written
 */
export function parse(text) {
    const tests = [];
    const headers = [];
    const hints = [];
    for (const [whole, minus, name, operator, raw] of text.matchAll(TERM)) {
        const value = raw.startsWith('"') ? raw.slice(1, -1) : raw;
        const key = name?.toLowerCase();
        if (key === 'header') {
            headers.push({ text: value, not: Boolean(minus) });
            continue;
        }
        const test = key && (KEYS[key] || !/[:=]$/.test(operator) || operator.length > 1) ? keyed(key, operator, value, whole) : words(whole.slice(minus ? 1 : 0), value, key);
        hints.push(hint(whole, key, operator));
        tests.push(minus ? (x) => !test(x) : test);
    }
    return { test: (exchange) => tests.every((each) => each(exchange)), headers, hint: hints.filter(Boolean).join(' ') };
}

/** A term that is read as a word and looks like another: said, because it may find nothing. */
function hint(whole, key, operator) {
    const other = /^-?([a-z]+)!=(.*)$/i.exec(whole);
    if (other && keys.includes(other[1].toLowerCase())) {
        return `"${whole}" is looked for as a word; a minus turns a term round: -${other[1]}:${other[2]}.`;
    }
    const bare = /^-?([a-z]+):$/i.exec(whole);
    if (bare && keys.includes(bare[1].toLowerCase())) {
        return `After "${whole}" comes what to look for.`;
    }
    return key && /^[:=]$/.test(operator) && !keys.includes(key) ? `"${whole}" is looked for as a word: "${key}" is no key. There are: ${keys.join(', ')}.` : '';
}

function keyed(key, operator, value, whole) {
    const of = KEYS[key];
    if (!of) {
        throw new Error(`"${key}" is nothing to filter by. There are: ${keys.join(', ')}.`);
    }
    if (key === 'status' && operator === ':') {
        if (!/^[1-9x][0-9x]{2}$/i.test(value)) {
            throw new Error(`"${whole}": a status is three digits, or a class such as status:5xx.`);
        }
        const pattern = new RegExp(`^${value.replace(/x/gi, '.')}$`);
        return (x) => pattern.test(String(of(x)));
    }
    if (NUMBERS.has(key)) {
        const number = Number(value);
        if (!value || Number.isNaN(number)) {
            throw new Error(`"${whole}": after ${key} comes a number, as in ${key}>100.`);
        }
        const compare = COMPARE[operator === ':' ? '=' : operator];
        return (x) => compare(of(x), number);
    }
    if (operator !== ':' && operator !== '=') {
        throw new Error(`"${whole}": ${key} is text, written ${key}:${value}.`);
    }
    return operator === '='
        ? (x) => of(x).toLowerCase() === value.toLowerCase()
        : (x) => of(x).toLowerCase().includes(value.toLowerCase());
}

function words(whole, value, key) {
    if (!key && /^\/.+\/$/.test(value) && /[\\^$.*+?()[\]{}|]/.test(value)) {
        let pattern;
        try {
            pattern = new RegExp(value.slice(1, -1), 'i');
        } catch (error) {
            throw new Error(`"${value}": ${error.message}`);
        }
        return (x) => pattern.test(x.target);
    }
    // a word with a colon or a sign of equality that is no key is a word: localhost:8080, page=2
    const wanted = (key ? whole : value).toLowerCase();
    return (x) => `${x.method} ${x.target} ${x.status} ${x.host} ${x.client.from} ${x.outcome}`.toLowerCase().includes(wanted);
}
