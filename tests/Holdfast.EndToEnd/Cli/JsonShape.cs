using System.Text.Json;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Looks at JSON documents that the program printed.</summary>
internal static class JsonShape
{
    public static string Text(this JsonElement document, string name) => document.GetProperty(name).GetString()!;

    public static IReadOnlyList<string> Strings(this JsonElement document, string name) =>
        [.. document.GetProperty(name).EnumerateArray().Select(item => item.GetString()!)];

    public static IReadOnlyList<string> Texts(this JsonElement document, string name) =>
        [.. document.GetProperty(name).EnumerateArray().Select(element => element.GetString()!)];

    public static void ExpectFields(this JsonElement document, params string[] names)
    {
        Assert.Equal(JsonValueKind.Object, document.ValueKind);
        var present = document.EnumerateObject().Select(property => property.Name).ToHashSet(StringComparer.Ordinal);
        Assert.True(present.IsSupersetOf(names), $"missing: {string.Join(", ", names.Except(present))} in {document}");
    }

    /// <summary>The document that a failed command prints.</summary>
    public static void ExpectFailure(this JsonElement document, int exitCode, string inMessage)
    {
        document.ExpectFields("error", "message", "hint", "exit_code");
        Assert.Equal(exitCode, document.GetProperty("exit_code").GetInt32());
        Assert.Contains(inMessage, document.Text("message"), StringComparison.Ordinal);
    }
}
