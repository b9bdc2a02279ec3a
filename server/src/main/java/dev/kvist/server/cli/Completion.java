package dev.kvist.server.cli;

import dev.kvist.server.cli.Syntax.Option;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

final class Completion implements Command {
  private final Root root;
  private final String shell;

  Completion(Root root, Given given) {
    this.root = root;
    shell = given.argument("SHELL");
  }

  static Syntax syntax() {
    return new Syntax()
        .argument("SHELL", "bash, zsh or fish.")
        .about(
            "For bash and zsh: source what it prints, for instance from ~/.bashrc. For fish: write it to ~/.config/fish/completions/kvist.fish.")
        .examples(
            "./kvist completion bash > kvist-completion.bash",
            "./kvist completion zsh > kvist-completion.zsh",
            "./kvist completion fish > kvist.fish");
  }

  @Override
  public int run() throws IOException {
    String script =
        switch (shell) {
          case "bash" -> bash();
          case "zsh" -> "#compdef kvist\nautoload -U +X bashcompinit && bashcompinit\n" + bash();
          case "fish" -> fish();
          default ->
              throw new IllegalArgumentException(
                  "there is no completion for '" + shell + "'; use bash, zsh or fish");
        };
    root.console().out().write(script.getBytes(StandardCharsets.UTF_8));
    return Cli.DONE;
  }

  /** Commands first, then the command's options; file names where neither fits. */
  private static String bash() {
    var cases = new StringBuilder();
    for (String name : Catalog.names()) {
      cases
          .append("    ")
          .append(name)
          .append(") words='")
          .append(String.join(" ", Catalog.syntax(name).names()))
          .append("' ;;\n");
    }
    return """
    # Completion of kvist
    _kvist() {
      local word=${COMP_WORDS[COMP_CWORD]} command= words= i
      for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
          --store | --config) i=$((i + 1)) ;;
          -*) ;;
          *)
            command=${COMP_WORDS[i]}
            break
            ;;
        esac
      done
      case $command in
        '') words='COMMANDS' ;;
        completion) words='bash zsh fish' ;;
    CASES  esac
      case ${COMP_WORDS[COMP_CWORD-1]} in
        --format) words='jsonl csv tsv' ;;
        --config | --store) words= ;;
      esac
      COMPREPLY=($(compgen -W "$words" -- "$word"))
    }
    complete -o default -F _kvist kvist
    """
        .replace(
            "COMMANDS",
            String.join(" ", Catalog.names()) + " help " + String.join(" ", new Syntax().names()))
        .replace("CASES", cases);
  }

  private static String fish() {
    var script = new StringBuilder("# Completion of kvist for fish\n");
    for (Option option : Syntax.SHARED) {
      script.append("complete -c kvist").append(fish(option)).append('\n');
    }
    for (String name : Catalog.names()) {
      script.append("complete -c kvist -n __fish_use_subcommand -f -a ").append(name);
      script.append(" -d ").append(quoted(Catalog.summary(name))).append('\n');
      for (Option option : Catalog.syntax(name).options()) {
        if (!option.hidden()) {
          script
              .append("complete -c kvist -n '__fish_seen_subcommand_from ")
              .append(name)
              .append('\'');
          script.append(fish(option)).append('\n');
        }
      }
    }
    return script
        .append(
            "complete -c kvist -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n")
        .toString();
  }

  private static String fish(Option option) {
    return (option.shortName().isEmpty() ? "" : " -s " + option.shortName().substring(1))
        + " -l "
        + option.name().substring(2)
        + (option.isFlag() ? "" : " -r")
        + " -d "
        + quoted(option.description());
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
