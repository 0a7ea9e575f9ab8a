// The filter language of Live: words and key:value terms, all of which must hold; a minus before a term turns it round.
//
//   status:5xx  status>=400  method:POST  path:/static  host:localhost:8080  type:json  who:proxy  why:refused  outcome:cut
//   ms>100  ms>1.5s  size>10kB  from:127.0.0.1  conn:3  id:17  header:cookie  /regular expression/  "words with blanks"

/** As the client sent it: with the port, where it named one. */
const hostOf = (x) => x.hostField ?? x.host;

/** What a key means in an exchange: text is searched, a number compared. */
const KEYS = {
    status: (x) => x.status,
    method: (x) => x.method,
    path: (x) => x.target,
    host: hostOf,
    type: (x) => x.type ?? '',
    who: (x) => x.answeredBy.who,
    why: (x) => x.answeredBy.why ?? '',
    outcome: (x) => x.outcome,
    ms: (x) => x.phases.totalMs,
    size: (x) => x.bytes.sent,
    from: (x) => x.client.from ?? '',
    conn: (x) => Number(x.client.connection),
    id: (x) => Number(x.number ?? x.id),
    cache: (x) => x.cache ?? '',
    proxy: (x) => x.proxy ?? '',
};

/** Keys of numbers, with their units; 1 kB is 1000 bytes, as in the list. */
const NUMBERS = {
    ms: { '': 1, us: 0.001, µs: 0.001, ms: 1, s: 1000, min: 60_000 },
    size: { '': 1, b: 1, k: 1e3, kb: 1e3, kib: 1024, m: 1e6, mb: 1e6, mib: 2 ** 20, g: 1e9, gb: 1e9 },
    conn: { '': 1 },
    id: { '': 1 },
    status: { '': 1 },
};

const EXAMPLES = { ms: 'ms>100 or ms>1.5s', size: 'size>5000 or size>10kB', status: 'status>=400' };

export const keys = [...Object.keys(KEYS), 'header'];

const TERM = /(-)?(?:([a-z]+)(!=|:|>=|<=|>|<|=))?("[^"]*"|\/(?:[^/\\\s]|\\.)+\/(?=\s|$)|\S+)/gi;

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
    for (const [whole, minus, name, sign, raw] of text.matchAll(TERM)) {
        if (raw.startsWith('"') && !/^"[^"]*"$/.test(raw)) {
            throw new Error(`"${whole.replaceAll('"', '')}": a quotation mark begins it, and none ends it.`);
        }
        const value = raw.startsWith('"') ? raw.slice(1, -1) : raw;
        const key = name?.toLowerCase();
        const not = Boolean(minus) !== (sign === '!=');
        const operator = sign === '!=' ? '=' : sign;
        if (key === 'header') {
            headers.push({ text: value, not });
            continue;
        }
        const bare = !key && /^([a-z]+)(!=|:|>=|<=|>|<|=)$/i.exec(raw);
        if (bare && keys.includes(bare[1].toLowerCase())) {
            hints.push(`After "${raw}" comes what to look for.`);
            continue;
        }
        const isWord = !key || !KEYS[key] && isAddress(sign, value);
        const test = isWord ? words(whole.slice(minus ? 1 : 0), value, key) : keyed(key, operator, value, whole);
        hints.push(isWord && key && sign === '=' ? `"${whole}" is looked for as a word: "${key}" is no key. There are: ${keys.join(', ')}.` : '');
        tests.push(not ? (x) => !test(x) : test);
    }
    return { test: (exchange) => tests.every((each) => each(exchange)), headers, hint: hints.filter(Boolean).join(' ') };
}

/** Whether what stands before a sign may be no key: localhost:8080, http://localhost/, page=2. */
const isAddress = (sign, value) => sign === '=' || sign === ':' && /^(\d+(\/.*)?$|\/\/)/.test(value);

function keyed(key, operator, value, whole) {
    const of = KEYS[key];
    if (!of) {
        throw new Error(`"${key}" is nothing to filter by. There are: ${keys.join(', ')}. As a word it stands in quotation marks: "${whole.replace(/^-/, '').replaceAll('"', '')}".`);
    }
    if (key === 'status' && /^[:=]$/.test(operator)) {
        if (!/^[1-9x][0-9x]{2}$/i.test(value)) {
            throw new Error(`"${whole}": a status is three digits, or a class such as status:5xx.`);
        }
        const pattern = new RegExp(`^${value.replace(/x/gi, '.')}$`);
        return (x) => pattern.test(String(of(x)));
    }
    if (NUMBERS[key]) {
        const number = numeric(key, value, whole);
        const compare = COMPARE[operator === ':' ? '=' : operator];
        return (x) => compare(of(x), number);
    }
    if (operator !== ':' && operator !== '=') {
        throw new Error(`"${whole}": ${key} is text, written ${key}:${value}.`);
    }
    const wanted = value.toLowerCase();
    return operator === '='
        ? (x) => of(x).toLowerCase() === wanted || key === 'host' && x.host === wanted
        : (x) => of(x).toLowerCase().includes(wanted);
}

function numeric(key, value, whole) {
    const [, number, unit] = /^(\d+(?:\.\d+)?)([a-zµ]*)$/i.exec(value) ?? [];
    const factor = NUMBERS[key][unit?.toLowerCase()];
    if (factor === undefined) {
        const units = Object.keys(NUMBERS[key]).filter(Boolean);
        throw new Error(`"${whole}": after ${key} comes a number${units.length ? `, with a unit if you like (${units.join(', ')})` : ''}, as in ${EXAMPLES[key] ?? `${key}:3`}.`);
    }
    return Number(number) * factor;
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
    // what stands before a sign and is no key is a part of the word
    const wanted = (key ? whole : value).toLowerCase().replace(/^https?:\/\//, '');
    return (x) => `${x.method} ${hostOf(x)}${x.target} ${x.status} ${x.client.from ?? ''} ${x.outcome}`.toLowerCase().includes(wanted);
}
