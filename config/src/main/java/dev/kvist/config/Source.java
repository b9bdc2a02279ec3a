package dev.kvist.config;

import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a configuration comes from: names itself in messages, and knows the environment.
 *
 * @param name the file, or what stands for it
 * @param environment the value of a variable; null when it is not set
 */
record Source(String name, UnaryOperator<@Nullable String> environment) {
  private static final Pattern VARIABLE =
      Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)(?::([^}]*))?}");

  ConfigurationException error(int line, String message) {
    return new ConfigurationException(name, line, message, null);
  }

  ConfigurationException error(int line, String message, Throwable cause) {
    return new ConfigurationException(name, line, message, cause);
  }

  /**
   * A scalar with every {@code ${NAME}} and {@code ${NAME:default}} replaced. What comes from the
   * environment is not looked at again, so that it may hold such signs itself.
   */
  Tree.Scalar expand(Tree.Scalar scalar) {
    Matcher matcher = VARIABLE.matcher(scalar.text());
    if (matcher.replaceAll("").contains("${")) {
      throw error(
          scalar.line(),
          "'${' starts a variable of the environment: write ${NAME} or ${NAME:default}");
    }
    matcher.reset();
    if (!matcher.find()) {
      return scalar;
    }
    String text =
        matcher.replaceAll(match -> {
          @Nullable String value = environment.apply(match.group(1));
          value = value == null ? match.group(2) : value;
          if (value == null) {
            throw error(
                scalar.line(),
                "the environment variable "
                    + match.group(1)
                    + " is not set; set it, or write ${"
                    + match.group(1)
                    + ":default}");
          }
          return Matcher.quoteReplacement(value);
        });
    return new Tree.Scalar(text, Tree.Form.FOREIGN, scalar.line());
  }
}
