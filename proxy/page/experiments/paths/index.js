export default {
    id: 'paths',
    title: 'Paths and locations',
    experiments: {
        'trailing-slash': 'What does the slash at the end of proxy_pass change?',
    },
};
