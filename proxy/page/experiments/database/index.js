export default {
    id: 'database',
    title: 'The database behind the app',
    experiments: {
        'n-plus-one': 'Why does one page take so many queries?',
        'slow-query': 'A slow query: who gives up first?',
        'pool-exhausted': 'All connections are busy: who waits, and who says so?',
        'row-lock': 'A transaction holds a lock: who waits?',
        'open-connections': 'How many connections to the database stay open?',
        'too-many-clients': 'PostgreSQL takes no more connections: who notices?',
        'database-dead': 'The database is dead: is that 500 or 502?',
        'localhost-5432': 'Why “connection refused” at localhost:5432?',
        'database-tls': 'Is what goes to the database encrypted?',
    },
};
