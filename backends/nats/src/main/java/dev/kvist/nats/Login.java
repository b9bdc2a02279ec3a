package dev.kvist.nats;

import io.nats.client.Options;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a connection logs in. What is wrong with a seed or a file of credentials is found here, where
 * it can be told: the client library says later that no server answers.
 */
sealed interface Login {
  /** The line behind the one that says what it is. */
  Pattern JWT = Pattern.compile("BEGIN NATS USER JWT-+\\s+(\\S+)");

  Pattern SEED = Pattern.compile("BEGIN USER NKEY SEED-+\\s+(\\S+)");

  /** Adds it to the options of a connection. */
  void addTo(Options.Builder builder);

  /** With nothing. */
  record None() implements Login {
    @Override
    public void addTo(Options.Builder builder) {
      // There is nothing to add.
    }
  }

  /** With a name and a password. */
  final class User implements Login {
    private final String name;
    private final String password;

    private User(String name, String password) {
      this.name = name;
      this.password = password;
    }

    @Override
    public void addTo(Options.Builder builder) {
      builder.userInfo(name, password);
    }
  }

  /** With a token. */
  final class Token implements Login {
    private final String token;

    private Token(String token) {
      this.token = token;
    }

    @Override
    public void addTo(Options.Builder builder) {
      builder.token(token.toCharArray());
    }
  }

  /** With a signature: of an nkey, alone or beside a token of the account. */
  final class Signed implements Login {
    private final Nkey key;

    private Signed(Nkey key) {
      this.key = key;
    }

    @Override
    public void addTo(Options.Builder builder) {
      builder.authHandler(key);
    }
  }

  /**
   * What settings say.
   *
   * @throws IllegalArgumentException when a seed or credentials are none, or cannot be read
   */
  static Login of(Settings settings) {
    @Nullable String user = settings.user();
    @Nullable String token = settings.token();
    @Nullable String nkey = settings.nkey();
    @Nullable String creds = settings.creds();
    @Nullable String file = settings.credsFile();
    if (user != null) {
      @Nullable String password = settings.password();
      return new User(user, password == null ? "" : password);
    }
    if (token != null) {
      return new Token(token);
    }
    if (nkey != null) {
      return signed(() -> new Nkey(nkey, null), "nkey");
    }
    if (creds != null) {
      return signed(() -> credentials(decode(creds)), "creds");
    }
    if (file != null) {
      byte[] content = read(file);
      return signed(() -> credentials(content), "creds_file " + file);
    }
    return new None();
  }

  private static Login signed(Supplier<Nkey> made, String what) {
    try {
      return new Signed(made.get());
    } catch (IllegalArgumentException e) {
      // Without the cause, whose text may have a part of the secret.
      throw new IllegalArgumentException(
          "nats: "
              + what
              + " holds no seed of an nkey that can sign; give it as nsc or nk made it");
    }
  }

  /** The user's token and seed that a file of credentials has. */
  private static Nkey credentials(byte[] content) {
    String text = new String(content, StandardCharsets.ISO_8859_1);
    Matcher jwt = JWT.matcher(text);
    Matcher seed = SEED.matcher(text);
    if (!jwt.find() || !seed.find()) {
      throw new IllegalArgumentException("no credentials");
    }
    return new Nkey(seed.group(1), jwt.group(1));
  }

  private static byte[] decode(String creds) {
    return Base64.getMimeDecoder().decode(creds);
  }

  private static byte[] read(String file) {
    try {
      return Files.readAllBytes(Path.of(file));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "nats: creds_file " + file + " cannot be read: " + e.getClass().getSimpleName(), e);
    }
  }
}
