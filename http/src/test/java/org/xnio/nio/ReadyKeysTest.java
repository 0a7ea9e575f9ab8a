package org.xnio.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioIoThread;
import org.xnio.XnioWorker;

class ReadyKeysTest {

    private static final int CONNECTIONS = 200;

    private final Map<Integer, StreamConnection> accepted = new ConcurrentHashMap<>();
    private final BlockingQueue<Integer> served = new LinkedBlockingQueue<>();
    private final Map<Integer, Runnable> whenServed = new HashMap<>();
    private final List<Socket> clients = new ArrayList<>();
    private final CountDownLatch goOn = new CountDownLatch(1);
    private volatile boolean haveHandshakes;
    private XnioWorker worker;
    private Closeable listening;

    @BeforeEach
    void connect() throws Exception {
        worker = Xnio.getInstance()
                .createWorker(OptionMap.create(Options.WORKER_IO_THREADS, 1, Options.THREAD_DAEMON, true));
        ReadyKeys.serveInOrder(worker);
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), CONNECTIONS);
        listening = SocketChannels.accept(worker, server, connection -> {
            int port = connection.getPeerAddress(InetSocketAddress.class).getPort();
            connection.getSourceChannel().setReadListener(channel -> {
                try {
                    channel.read(ByteBuffer.allocate(1));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                served.add(port);
                whenServed.getOrDefault(port, () -> {}).run();
            });
            connection.getSourceChannel().resumeReads();
            if (haveHandshakes) {
                ReadyKeys.beginHandshake(connection);
            }
            accepted.put(port, connection);
        });
        for (int i = 0; i < CONNECTIONS; i++) {
            clients.add(
                    new Socket(InetAddress.getLoopbackAddress(), server.socket().getLocalPort()));
            // once one byte has been read, the selector knows the connection
            write(i);
            served.poll(10, TimeUnit.SECONDS);
        }
    }

    @AfterEach
    void close() throws IOException {
        goOn.countDown();
        listening.close();
        for (Socket client : clients) {
            client.close();
        }
        worker.shutdownNow();
    }

    @Test
    void servesConnectionsInTheOrderInWhichTheyBecameReadable() throws Exception {
        holdUp();
        List<Integer> order = new ArrayList<>();
        for (int i = CONNECTIONS - 1; i >= 0; i--) {
            write(i);
            order.add(port(i));
        }
        goOn.countDown();
        assertEquals(order, served(CONNECTIONS));
    }

    @Test
    void aConnectionIsServedBeforeAnotherOneIsAccepted() throws Exception {
        holdUp();
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            // the listening socket is the first that becomes ready, and stays so
            clients.add(
                    new Socket(InetAddress.getLoopbackAddress(), clients.get(0).getPort()));
            write(clients.size() - 1);
        }
        for (int i = 0; i < 3; i++) {
            write(i);
            order.add(port(i));
        }
        goOn.countDown();
        assertEquals(order, served(6).subList(0, 3));
    }

    @Test
    void aTurnThatHasServedManyAcceptsSeveral() throws Exception {
        CompletableFuture<Integer> acceptedInTheFirstTurn = new CompletableFuture<>();
        holdUp();
        for (int i = 0; i < 60; i++) {
            clients.add(
                    new Socket(InetAddress.getLoopbackAddress(), clients.get(0).getPort()));
        }
        for (int i = 0; i < 160; i++) {
            write(i);
        }
        whenServed.put(port(0), () -> {
            // its next turn begins when all have had this one
            whenServed.put(port(0), () -> acceptedInTheFirstTurn.complete(accepted.size() - CONNECTIONS));
            write(0);
        });
        goOn.countDown();
        assertEquals(11, acceptedInTheFirstTurn.get(10, TimeUnit.SECONDS));
    }

    @Test
    void thoseThatAreToBeServedLastWaitForTheOthers() throws Exception {
        serveLast(0, 3);
        holdUp();
        for (int i = 0; i < 6; i++) {
            write(i);
        }
        goOn.countDown();
        assertEquals(List.of(port(3), port(4), port(5), port(0), port(1), port(2)), served(6));
    }

    @Test
    void howeverManyThoseAreAnotherHasItsTurnBetweenThem() throws Exception {
        int other = CONNECTIONS - 1;
        serveLast(0, other);
        holdUp();
        whenServed.put(port(0), () -> write(other));
        for (int i = 0; i < other; i++) {
            write(i);
        }
        goOn.countDown();
        int turn = served(CONNECTIONS).indexOf(port(other));
        assertTrue(turn > 0 && turn <= 64, "its turn was " + turn);
    }

    @Test
    void ofManyWhoAreServedLastTheNewestDoesNotWaitForAll() throws Exception {
        // the system may still have the very last one at the head of its list, where it was read from before
        int newest = CONNECTIONS - 2;
        serveLast(0, CONNECTIONS);
        holdUp();
        for (int i = 0; i <= newest; i++) {
            write(i);
        }
        goOn.countDown();
        List<Integer> order = served(newest + 1);
        assertEquals(port(0), order.get(0));
        int turn = order.indexOf(port(newest));
        assertTrue(turn < 64, "its turn was " + turn);
    }

    @Test
    void computationsTakeTurnsWithConnections() throws Exception {
        computing(100, false);
        write(0);
        goOn.countDown();
        List<Integer> order = served(101);
        int turn = order.indexOf(port(0));
        assertTrue(turn <= 2, "its turn was " + turn);
        assertEquals(
                IntStream.range(0, 100).boxed().toList(),
                without(port(0), order).stream().sorted().toList());
    }

    @Test
    void theOldestAndTheNewestComputationRunByTurns() throws Exception {
        computing(7, false);
        goOn.countDown();
        assertEquals(List.of(0, 6, 1, 5, 2, 4, 3), served(7));
    }

    @Test
    void aTurnThatServesManyComputesForMore() throws Exception {
        CompletableFuture<Integer> computedInTwoTurns = new CompletableFuture<>();
        List<Integer> computed = new ArrayList<>();
        holdUp();
        XnioIoThread thread = worker.getIoThread(0);
        thread.execute(() ->
                IntStream.range(0, 40).forEach(i -> ReadyKeys.computeInTurn(thread, () -> computed.add(i), false)));
        for (int i = 0; i < 160; i++) {
            write(i);
        }
        whenServed.put(port(0), () -> {
            // its next turn begins when all have had this one
            whenServed.put(port(0), () -> computedInTwoTurns.complete(computed.size()));
            write(0);
        });
        goOn.countDown();
        assertEquals(2 + 12, computedInTwoTurns.get(10, TimeUnit.SECONDS));
    }

    @Test
    void computationsForLateClientsAreInNobodysWay() throws Exception {
        computing(100, true);
        worker.getIoThread(0).execute(() -> compute(100, false));
        goOn.countDown();
        List<Integer> order = served(101);
        int turn = order.indexOf(100);
        assertTrue(turn <= 2, "its turn was " + turn);
        assertEquals(IntStream.range(0, 100).boxed().toList(), without(100, order));
    }

    @Test
    void theOthersRunAlthoughOneThrows() throws Exception {
        holdUp();
        XnioIoThread thread = worker.getIoThread(0);
        thread.execute(() -> {
            for (int i = 0; i < 3; i++) {
                ReadyKeys.computeInTurn(
                        thread,
                        () -> {
                            throw new IllegalStateException("on purpose");
                        },
                        false);
            }
            compute(7, false);
        });
        goOn.countDown();
        assertEquals(List.of(7), served(1));
    }

    @Test
    void lateClientsHaveOneComputationInATurn() throws Exception {
        CompletableFuture<Integer> computedInTwoTurns = new CompletableFuture<>();
        List<Integer> computed = new ArrayList<>();
        holdUp();
        XnioIoThread thread = worker.getIoThread(0);
        thread.execute(() ->
                IntStream.range(0, 40).forEach(i -> ReadyKeys.computeInTurn(thread, () -> computed.add(i), true)));
        for (int i = 0; i < 160; i++) {
            write(i);
        }
        whenServed.put(port(0), () -> {
            whenServed.put(port(0), () -> computedInTwoTurns.complete(computed.size()));
            write(0);
        });
        goOn.countDown();
        assertEquals(2, computedInTwoTurns.get(10, TimeUnit.SECONDS));
    }

    @Test
    void whileHandshakesBeginMoreAndMoreConnectionsAreAcceptedInATurn() throws Exception {
        haveHandshakes = true;
        List<Integer> acceptedBefore = new ArrayList<>();
        CountDownLatch turns = new CountDownLatch(7);
        holdUp();
        for (int i = 0; i < 60; i++) {
            clients.add(
                    new Socket(InetAddress.getLoopbackAddress(), clients.get(0).getPort()));
        }
        whenServed.put(port(0), () -> {
            acceptedBefore.add(accepted.size() - CONNECTIONS);
            turns.countDown();
            if (turns.getCount() > 0) {
                write(0);
            }
        });
        write(0);
        goOn.countDown();
        assertTrue(turns.await(10, TimeUnit.SECONDS));
        assertEquals(List.of(0, 1, 2, 4, 8, 16, 32), acceptedBefore);
    }

    @Test
    void whileThereAreComputationsMoreAndMoreConnectionsAreAcceptedInATurn() throws Exception {
        List<Integer> acceptedBefore = new ArrayList<>();
        CountDownLatch computed = new CountDownLatch(14);
        holdUp();
        for (int i = 0; i < 60; i++) {
            clients.add(
                    new Socket(InetAddress.getLoopbackAddress(), clients.get(0).getPort()));
        }
        XnioIoThread thread = worker.getIoThread(0);
        Runnable computation = () -> {
            acceptedBefore.add(accepted.size() - CONNECTIONS);
            computed.countDown();
        };
        thread.execute(() -> {
            for (int i = 0; i < 14; i++) {
                ReadyKeys.computeInTurn(thread, computation, false);
            }
        });
        goOn.countDown();
        assertTrue(computed.await(10, TimeUnit.SECONDS));
        assertEquals(List.of(0, 0, 1, 1, 3, 3, 7, 7, 15, 15, 31, 31, 60, 60), acceptedBefore);
    }

    /** Has tasks compute, numbered from 0, as soon as the I/O thread goes on. */
    private void computing(int many, boolean isLate) throws InterruptedException {
        holdUp();
        worker.getIoThread(0).execute(() -> IntStream.range(0, many).forEach(i -> compute(i, isLate)));
    }

    private void compute(int number, boolean isLate) {
        ReadyKeys.computeInTurn(worker.getIoThread(0), () -> served.add(number), isLate);
    }

    private static List<Integer> without(int one, List<Integer> order) {
        return order.stream().filter(each -> each != one).toList();
    }

    @Test
    void whatHasItsTurnAsEverAgainDoesNotWait() throws Exception {
        serveLast(0, 2);
        worker.getIoThread(0).execute(() -> ReadyKeys.serveLast(accepted.get(port(0)), false));
        holdUp();
        for (int i = 2; i >= 0; i--) {
            write(i);
        }
        goOn.countDown();
        assertEquals(List.of(port(2), port(0), port(1)), served(3));
    }

    @Test
    void aKeyThatIsCancelledBeforeItsTurnEndsNothing() throws Exception {
        serveLast(1, 2);
        CountDownLatch selected = new CountDownLatch(1);
        WorkerThread thread = (WorkerThread) worker.getIoThread(0);
        holdUp();
        write(0);
        write(1);
        write(2);
        thread.execute(() -> {
            try {
                thread.getSelector().selectNow();
                accepted.get(port(0)).close();
                accepted.get(port(1)).close();
                thread.getSelector().selectNow();
                selected.countDown();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        goOn.countDown();
        assertTrue(selected.await(10, TimeUnit.SECONDS));
        assertEquals(List.of(port(2)), served(1));
    }

    private void serveLast(int from, int to) {
        worker.getIoThread(0).execute(() -> {
            for (int i = from; i < to; i++) {
                ReadyKeys.serveLast(accepted.get(port(i)), true);
            }
        });
    }

    /** Returns when the I/O thread does nothing but wait until it may go on. */
    private void holdUp() throws InterruptedException {
        CountDownLatch isHeldUp = new CountDownLatch(1);
        worker.getIoThread(0).execute(() -> {
            isHeldUp.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        assertTrue(isHeldUp.await(10, TimeUnit.SECONDS));
    }

    private void write(int client) {
        try {
            clients.get(client).getOutputStream().write('x');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private int port(int client) {
        return clients.get(client).getLocalPort();
    }

    private List<Integer> served(int many) throws InterruptedException {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            order.add(served.poll(10, TimeUnit.SECONDS));
        }
        return order;
    }
}
