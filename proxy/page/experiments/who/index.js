export default {
    id: 'who',
    title: 'Who is asking?',
    experiments: {
        'whose-ip': 'Whose IP address does the app see?',
        'spoofed-xff': 'Can a client lie in X-Forwarded-For?',
        'real-ip': 'Why is the client always 172.17.0.1?',
    },
};
