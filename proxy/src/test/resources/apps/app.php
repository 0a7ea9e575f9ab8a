<?php
// what a request has come to, as text; ?do= does something else
$do = $_GET['do'] ?? 'show';
switch ($do) {
    case 'show':
        header('Content-Type: text/plain');
        $names = ['REQUEST_METHOD', 'REQUEST_URI', 'QUERY_STRING', 'SCRIPT_NAME', 'PATH_INFO', 'CONTENT_TYPE', 'CONTENT_LENGTH',
            'SERVER_PROTOCOL', 'HTTPS', 'REMOTE_ADDR', 'HTTP_HOST', 'HTTP_X_MINE', 'HTTP_COOKIE', 'HTTP_PROXY', 'PHP_AUTH_USER'];
        foreach ($names as $name) {
            echo "$name=", $_SERVER[$name] ?? '(none)', "\n";
        }
        ksort($_GET);
        ksort($_POST);
        echo json_encode([$_GET, $_POST, $_COOKIE]), "\n";
        foreach ($_FILES as $name => $file) {
            echo "$name: {$file['name']} {$file['size']} ", md5_file($file['tmp_name']), "\n";
        }
        break;
    case 'sum':
        $content = fopen('php://input', 'r');
        $sum = hash_init('md5');
        echo hash_update_stream($sum, $content), ' ', hash_final($sum), "\n";
        break;
    case 'status':
        http_response_code((int) $_GET['code']);
        header('X-Twice: 1');
        header('X-Twice: 2', false);
        setcookie('a', '1');
        echo "status {$_GET['code']}\n";
        break;
    case 'redirect':
        header('Location: /elsewhere');
        break;
    case 'accel':
        header('X-Accel-Redirect: /protected/file.txt');
        break;
    case 'large':
        header('Content-Type: text/plain');
        for ($i = 0; $i < 4000; $i++) {
            echo str_repeat('0123456789', 100);
        }
        break;
    case 'stream':
        header('Content-Type: text/plain');
        echo "first\n";
        while (ob_get_level() > 0) {
            ob_end_flush();
        }
        flush();
        // goes on when it is told to
        while (!file_exists($_GET['until'])) {
            usleep(10000);
            clearstatcache();
        }
        echo "last\n";
        break;
    case 'log':
        error_log('a line of the log');
        echo "logged\n";
        break;
    case 'fatal':
        nothing();
        break;
    case 'kill':
        posix_kill(getmypid(), 9);
        break;
    case 'killlater':
        header('Content-Length: 100');
        echo "some";
        while (ob_get_level() > 0) {
            ob_end_flush();
        }
        flush();
        // what has been sent is on its way by then
        usleep(200000);
        posix_kill(getmypid(), 9);
        break;
    case 'sleep':
        usleep(1000 * (int) $_GET['ms']);
        echo "slept\n";
        break;
}
