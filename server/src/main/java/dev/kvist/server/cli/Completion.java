package dev.kvist.server.cli;

import dev.kvist.server.cli.Syntax.Option;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

final class Completion implements Command {
  /** Completion of zsh may not have been loaded yet. */
  private static final String ZSH =
      """
      #compdef kvist
      (( $+functions[compdef] )) || { autoload -U compinit && compinit; }
      autoload -U +X bashcompinit && bashcompinit
      """;

  /** True where no command was typed yet; the built-in test takes the value of --store for one. */
  private static final String FISH =
      """
      # Completion of kvist for fish
      function __kvist_command
        set -l words (commandline -opc)
        set -e words[1]
        set -l value no
        for word in $words
          if test $value = yes
            set value no
          else if contains -- $word --store --config
            set value yes
          else if not string match -q -- '-*' $word
            echo $word
            return 0
          end
        end
        return 1
      end
      function __kvist_in
        test (__kvist_command; or echo -) = $argv[1]
      end
      """;

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
          case "zsh" -> ZSH + bash();
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
          --store | --config)
            i=$((i + 1))
            # bash splits a URI at colons and equals signs
            while [[ ${COMP_WORDS[i+1]} == [:=]* ]] && ((i + 2 < COMP_CWORD)); do i=$((i + 2)); done
            ;;
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
        help) words='NAMES' ;;
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
        .replace("NAMES", String.join(" ", Catalog.names()))
        .replace("CASES", cases);
  }

  private static String fish() {
    var script = new StringBuilder(FISH);
    for (Option option : Syntax.SHARED) {
      script.append("complete -c kvist").append(fish(option)).append('\n');
    }
    for (String name : Catalog.names()) {
      script.append("complete -c kvist -n 'not __kvist_command' -f -a ").append(name);
      script.append(" -d ").append(quoted(Catalog.summary(name))).append('\n');
      for (Option option : Catalog.syntax(name).options()) {
        if (!option.hidden()) {
          script.append("complete -c kvist -n '__kvist_in ").append(name).append('\'');
          script.append(fish(option)).append('\n');
        }
      }
    }
    return script
        .append("complete -c kvist -n 'not __kvist_command' -f -a help -d 'Explain a command.'\n")
        .append("complete -c kvist -n '__kvist_in help' -f -a '")
        .append(String.join(" ", Catalog.names()))
        .append("'\ncomplete -c kvist -n '__kvist_in completion' -f -a 'bash zsh fish'\n")
        .toString();
  }

  private static String fish(Option option) {
    return (option.shortName().isEmpty() ? "" : " -s " + option.shortName().substring(1))
        + " -l "
        + option.name().substring(2)
        + (option.isFlag() ? "" : " -r")
        + (option.name().equals("--format") ? " -f -a 'jsonl csv tsv'" : "")
        + " -d "
        + quoted(option.description());
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
