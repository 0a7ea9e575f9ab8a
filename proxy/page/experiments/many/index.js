export default {
    id: 'many',
    title: 'More than one app',
    experiments: {
        'load-balancing': 'What happens when one of three apps is dead?',
        'post-twice': 'Is my POST sent twice?',
        'rate-limit': 'What do rate and burst let through?',
        'cache': 'MISS, HIT, STALE: who answered?',
    },
};
