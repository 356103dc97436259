using Holdfast.Restic.Failures;

namespace Holdfast.Cli.Output;

/// <summary>Asks the person at the terminal. Questions go to standard error, so that standard output holds the result alone.</summary>
internal sealed class Prompt(Screen screen, TextReader input)
{
    /// <summary>Somebody sits there who can answer.</summary>
    internal static bool IsPossible => !Console.IsInputRedirected;

    /// <summary>True for y or yes; anything else, and the end of the input, is a no.</summary>
    internal bool Confirm(string question)
    {
        Ask($"{question} [y/N] ");
        return input.ReadLine()?.Trim().ToLowerInvariant() is "y" or "yes";
    }

    /// <summary>One of some numbered things; asks again after a slip.</summary>
    /// <returns>Its index; null when nothing is wanted.</returns>
    internal int? Choose(string question, int count)
    {
        while (true)
        {
            Ask($"{question} [1-{count}, empty for none] ");
            var answer = input.ReadLine()?.Trim();
            if (string.IsNullOrEmpty(answer)) return null;
            if (int.TryParse(answer, System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= count) return number - 1;
            screen.Warning($"{Quoted.Text(answer)} is not a number from 1 to {count}");
        }
    }

    private void Ask(string question)
    {
        screen.Error.Write(Printable.Line(question));
        screen.Error.Flush();
    }
}
