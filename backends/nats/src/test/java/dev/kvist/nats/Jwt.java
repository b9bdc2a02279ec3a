package dev.kvist.nats;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.nats.client.NKey;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Base64;

/** An operator with an account and a user, as {@code nsc} makes them. */
final class Jwt {
  private final NKey operator = NKey.createOperator(null);
  private final NKey system = NKey.createAccount(null);
  private final NKey account = NKey.createAccount(null);
  private final NKey user = NKey.createUser(null);

  Jwt() throws IOException, GeneralSecurityException {}

  /** The lines of a server that trusts the operator. */
  String[] serverLines() throws IOException, GeneralSecurityException {
    String limits =
        "\"limits\":{\"subs\":-1,\"data\":-1,\"payload\":-1,\"imports\":-1,\"exports\":-1,\"wildcards\":true,"
            + "\"conn\":-1,\"leaf\":-1,\"mem_storage\":-1,\"disk_storage\":-1,\"streams\":-1,\"consumer\":-1}";
    String operatorToken =
        token(operator, operator.getPublicKey(), "\"type\":\"operator\",\"version\":2");
    String accountToken =
        token(operator, account.getPublicKey(), limits + ",\"type\":\"account\",\"version\":2");
    String systemToken =
        token(operator, system.getPublicKey(), "\"type\":\"account\",\"version\":2");
    return new String[] {
      "operator: " + operatorToken,
      "system_account: " + new String(system.getPublicKey()),
      "resolver: MEMORY",
      "resolver_preload: { %s: %s, %s: %s }"
          .formatted(
              new String(account.getPublicKey()),
              accountToken,
              new String(system.getPublicKey()),
              systemToken)
    };
  }

  /** The content of the user's {@code .creds} file. */
  byte[] creds() throws IOException, GeneralSecurityException {
    String token =
        token(
            account,
            user.getPublicKey(),
            "\"pub\":{},\"sub\":{},\"subs\":-1,\"data\":-1,\"payload\":-1,\"type\":\"user\",\"version\":2");
    return ("-----BEGIN NATS USER JWT-----\n"
            + token
            + "\n------END NATS USER JWT------\n\n"
            + "-----BEGIN USER NKEY SEED-----\n"
            + seed()
            + "\n------END USER NKEY SEED------\n")
        .getBytes(US_ASCII);
  }

  /** The secret part of it. */
  String seed() {
    return new String(user.getSeed());
  }

  private static String token(NKey issuer, char[] subject, String claims)
      throws IOException, GeneralSecurityException {
    String header = base64("{\"typ\":\"JWT\",\"alg\":\"ed25519-nkey\"}".getBytes(US_ASCII));
    String body =
        "{\"jti\":\"%s\",\"iat\":%d,\"iss\":\"%s\",\"name\":\"test\",\"sub\":\"%s\",\"nats\":{%s}}"
            .formatted(
                "ABCDEFGH",
                System.currentTimeMillis() / 1000,
                new String(issuer.getPublicKey()),
                new String(subject),
                claims);
    String signed = header + "." + base64(body.getBytes(US_ASCII));
    return signed + "." + base64(issuer.sign(signed.getBytes(US_ASCII)));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
