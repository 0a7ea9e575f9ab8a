package org.xnio.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.Xnio;
import org.xnio.XnioWorker;

class ReadyKeysTest {

    private static final int CONNECTIONS = 40;

    @Test
    void servesConnectionsInTheOrderInWhichTheyBecameReadable() throws Exception {
        XnioWorker worker = Xnio.getInstance()
                .createWorker(OptionMap.create(Options.WORKER_IO_THREADS, 1, Options.THREAD_DAEMON, true));
        ReadyKeys.serveInOrder(worker);
        BlockingQueue<Integer> accepted = new LinkedBlockingQueue<>();
        BlockingQueue<Integer> served = new LinkedBlockingQueue<>();
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), CONNECTIONS);
        List<Socket> clients = new ArrayList<>();
        try (Closeable socket = SocketChannels.accept(worker, server, connection -> {
            int port = connection.getPeerAddress(InetSocketAddress.class).getPort();
            connection.getSourceChannel().setReadListener(channel -> {
                try {
                    channel.read(ByteBuffer.allocate(1));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                served.add(port);
            });
            connection.getSourceChannel().resumeReads();
            accepted.add(port);
        })) {
            for (int i = 0; i < CONNECTIONS; i++) {
                clients.add(new Socket(
                        InetAddress.getLoopbackAddress(), server.socket().getLocalPort()));
                accepted.poll(10, TimeUnit.SECONDS);
                // once one byte has been read, the selector knows the connection
                clients.get(i).getOutputStream().write('x');
                served.poll(10, TimeUnit.SECONDS);
            }
            // while the thread is held up, all of them become readable, the last one first
            CountDownLatch goOn = new CountDownLatch(1);
            worker.getIoThread(0).execute(() -> {
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            List<Integer> order = new ArrayList<>();
            for (int i = CONNECTIONS - 1; i >= 0; i--) {
                clients.get(i).getOutputStream().write('x');
                order.add(clients.get(i).getLocalPort());
            }
            goOn.countDown();
            List<Integer> seen = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                seen.add(served.poll(10, TimeUnit.SECONDS));
            }
            assertEquals(order, seen);
        } finally {
            for (Socket client : clients) {
                client.close();
            }
            worker.shutdownNow();
        }
    }
}
