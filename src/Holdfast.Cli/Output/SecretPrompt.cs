using System.Text;

namespace Holdfast.Cli.Output;

/// <summary>Asks the person at the terminal for something that nobody may read over the shoulder.</summary>
internal sealed class SecretPrompt(Screen screen)
{
    /// <summary>Somebody sits there who can type.</summary>
    internal static bool IsPossible => !Console.IsInputRedirected;

    /// <summary>One line, not shown.</summary>
    /// <returns>It in UTF-8.</returns>
    internal byte[] Ask(string question)
    {
        screen.Error.Write(Printable.Line(question));
        screen.Error.Flush();
        var text = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key == ConsoleKey.Backspace) text.Length = Math.Max(0, text.Length - 1);
            else if (key.KeyChar != '\0') text.Append(key.KeyChar);
        }

        screen.Error.WriteLine();
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
