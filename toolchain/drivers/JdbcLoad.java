// Writes to PostgreSQL with its JDBC driver, and says what became of each write: tests/support/driver-load.ts speaks to it.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class JdbcLoad {
  static final Map<String, Integer> codes = new TreeMap<>();
  static final List<String> slow = new ArrayList<>();
  static int sent, answered, failed, unknown;
  static volatile boolean stopped;

  /** A value of the order, which is one flat JSON object. */
  static String of(String order, String name) {
    Matcher found = Pattern.compile("\"" + name + "\":\"?([^\",}]*)").matcher(order);
    return found.find() ? found.group(1) : "";
  }

  static synchronized void note(String code, double wallMs, double tookMs) {
    sent++;
    if (code == null) answered++;
    else {
      codes.merge(code, 1, Integer::sum);
      if (code.startsWith("08")) unknown++;
      else failed++;
    }
    if (tookMs > 20) slow.add("[" + wallMs + "," + tookMs + "]");
  }

  static void work(String order, CountDownLatch ready) {
    Properties how = new Properties();
    how.setProperty("user", of(order, "user"));
    how.setProperty("password", of(order, "password"));
    how.setProperty("sslmode", "verify-full");
    how.setProperty("sslrootcert", of(order, "ca"));
    if (of(order, "resend").equals("true")) how.setProperty("prepareThreshold", "0");
    String address = "jdbc:postgresql://" + of(order, "host") + ":" + of(order, "port") + "/understudy";
    Connection connection = null;
    PreparedStatement insert = null;
    boolean first = true;
    while (!stopped) {
      long began = System.nanoTime();
      double wall = System.currentTimeMillis();
      String code = null;
      try {
        if (connection == null || connection.isClosed()) {
          connection = DriverManager.getConnection(address, how);
          insert = connection.prepareStatement("insert into understudy.events (run, seq) values (?, 1)");
        }
        insert.setString(1, of(order, "run"));
        insert.executeUpdate();
      } catch (SQLException error) {
        code = error.getSQLState() == null ? "closed" : error.getSQLState();
      }
      note(code, wall, (System.nanoTime() - began) / 1e6);
      if (first) {
        first = false;
        ready.countDown();
      }
      try {
        Thread.sleep(Long.parseLong(of(order, "intervalMs")));
      } catch (InterruptedException ended) {
        return;
      }
    }
  }

  public static void main(String[] words) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    String order = in.readLine();
    int clients = Integer.parseInt(of(order, "clients"));
    CountDownLatch ready = new CountDownLatch(clients);
    List<Thread> threads = new ArrayList<>();
    for (int number = 0; number < clients; number++) {
      Thread thread = new Thread(() -> work(order, ready));
      thread.start();
      threads.add(thread);
    }
    ready.await();
    System.out.println("{\"ready\":true}");
    in.readLine();
    stopped = true;
    for (Thread thread : threads) thread.join(10_000);
    StringBuilder counted = new StringBuilder();
    codes.forEach((code, times) -> counted.append(counted.length() == 0 ? "" : ",").append("\"" + code + "\":" + times));
    System.out.println(
        "{\"version\":\"pgjdbc " + org.postgresql.util.DriverInfo.DRIVER_VERSION + "\",\"sent\":" + sent + ",\"answered\":" + answered
            + ",\"failed\":" + failed + ",\"unknown\":" + unknown + ",\"resent\":0,\"codes\":{" + counted + "},\"slow\":["
            + String.join(",", slow) + "]}");
  }
}
