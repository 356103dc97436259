using System.Text;
using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Output;

/// <summary>Asks the person at the terminal for something that nobody may read over the shoulder.</summary>
internal sealed class SecretPrompt(Screen screen)
{
    private const char Interrupt = '\u0003';
    private const char EndOfInput = '\u0004';

    /// <summary>Somebody sits there who can type.</summary>
    internal static bool IsPossible => !Console.IsInputRedirected;

    /// <summary>One line, not shown.</summary>
    /// <returns>It in UTF-8.</returns>
    /// <exception cref="HoldfastException">Interrupted: Ctrl-C or Ctrl-D.</exception>
    internal byte[] Ask(string question)
    {
        screen.Error.Write(Printable.Line(question));
        screen.Error.Flush();
        // As a key of its own: nothing could take this thread out of its waiting for the next one.
        Console.TreatControlCAsInput = true;
        try
        {
            return Encoding.UTF8.GetBytes(Read());
        }
        finally
        {
            Console.TreatControlCAsInput = false;
            screen.Error.WriteLine();
        }
    }

    private static string Read()
    {
        var text = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.KeyChar is Interrupt or EndOfInput || (key.Key is ConsoleKey.C or ConsoleKey.D && key.Modifiers == ConsoleModifiers.Control))
                throw new HoldfastException(FailureKind.Interrupted, "interrupted; nothing was changed");
            if (key.Key == ConsoleKey.Backspace) text.Length = Math.Max(0, text.Length - 1);
            else if (key.KeyChar != '\0') text.Append(key.KeyChar);
        }

        return text.ToString();
    }
}
