using System.Text;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Where the passphrase comes from, and that it goes nowhere.</summary>
public sealed class SecretTests : WorkplaceTests
{
    [Fact]
    public async Task Options_come_before_the_environment_and_that_before_the_manifest()
    {
        var right = SecretFile("right", Workplace.Passphrase);
        var wrong = SecretFile("wrong", "something else");

        await ExpectAsync(0, "right", null, "--passphrase-file", right);
        await ExpectAsync(12, Workplace.Passphrase, null, "--passphrase-file", wrong);
        await ExpectAsync(0, "wrong", null, "--passphrase-command", $"cat '{right}'");
        await ExpectAsync(12, Workplace.Passphrase, null, "--passphrase-command", $"cat {wrong}");
        await ExpectAsync(0, Workplace.Passphrase, $"{{ file: {wrong} }}");
        await ExpectAsync(12, "wrong", $"{{ file: {right} }}");
        await ExpectAsync(2, null, null, "--passphrase-file", right, "--passphrase-command", "cat x");
    }

    [Fact]
    public async Task The_manifest_names_a_file_a_variable_or_a_command()
    {
        var right = SecretFile("right", Workplace.Passphrase);

        await ExpectAsync(0, null, $"{{ file: {right} }}");
        await ExpectAsync(0, null, $"{{ command: cat {right} }}");
        Place.Holdfast.With("SHOP_KEY", Workplace.Passphrase);
        await ExpectAsync(0, null, "{ env: SHOP_KEY }");
        await ExpectAsync(2, null, null);
    }

    [Fact]
    public async Task A_wrong_passphrase_is_told_with_where_it_came_from_and_never_itself()
    {
        var manifest = Place.Write("holdfast.yaml", $"application: shop\nfiles: {{ config: [a] }}\npassphrase: {{ file: {SecretFile("right", Workplace.Passphrase)} }}\nrepositories: {{ local: {{ path: {Place.Repository} }} }}\n");
        Place.Holdfast.With("HOLDFAST_PASSPHRASE", "hunter2");

        var refused = (await Place.Holdfast.TryRunAsync("list", "--config", manifest)).Expect(12);

        Assert.Contains("it came from the environment variable \"HOLDFAST_PASSPHRASE\", which goes before what", refused.Error, StringComparison.Ordinal);
        Assert.Contains("recovery sheet", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_passphrase_file_that_others_can_read_is_told()
    {
        var open = SecretFile("open", Workplace.Passphrase);
        File.SetUnixFileMode(open, (UnixFileMode)0x1A4);

        var listed = await Place.Holdfast.TryRunAsync("list", "--passphrase-file", open);

        Assert.Contains(open, listed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_passphrase_command_that_fails_is_named_with_what_it_said_and_without_its_output()
    {
        var failed = await Place.Holdfast.TryRunAsync("list", "--passphrase-command", "sh -c 'echo half-a-secret; echo no such vault >&2; exit 7'");

        Assert.NotEqual(0, failed.ExitCode);
        Assert.Contains("7", failed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("half-a-secret", failed.Output + failed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_passphrase_is_in_no_output_no_argument_no_stored_file()
    {
        var seen = Place["seen"];
        var command = $"sh -c 'cat /proc/*/cmdline > \"{seen}\" 2>/dev/null; printf %s \"$SHOP_KEY\"'";
        Place.Holdfast.With("HOLDFAST_PASSPHRASE", null).With("SHOP_KEY", Workplace.Passphrase);
        Place.Database("shop.db");
        var results = new List<ProgramResult>();
        foreach (var arguments in new[] { "backup " + Place.Application, "list", "show latest", "drill", "check --read-data", "unlock", "show ffffffff" })
            results.Add(await Place.Holdfast.TryRunAsync([.. arguments.Split(' '), "--passphrase-command", command]));
        Assert.Equal([0, 0, 0, 0, 0, 0, 1], results.Select(result => result.ExitCode));

        var written = string.Concat(results.Select(result => result.Output + result.Error)) + await File.ReadAllTextAsync(seen);
        foreach (var folder in new[] { Place.Repository, Place.Holdfast.State })
        {
            foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories)) written += Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
        }

        Assert.DoesNotContain(Workplace.Passphrase, written, StringComparison.Ordinal);
    }

    private string SecretFile(string name, string content)
    {
        var path = Place["secrets", name];
        Directory.CreateDirectory(Place["secrets"]);
        File.WriteAllText(path, content + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private async Task ExpectAsync(int exitCode, string? variable, string? inManifest, params string[] options)
    {
        Place.Holdfast.With("HOLDFAST_PASSPHRASE", variable);
        var config = Array.Empty<string>();
        if (inManifest is not null)
        {
            var path = Place.Write("holdfast.yaml", $"application: shop\nfiles: {{ all: ['*'] }}\nrepositories: {{ local: {{ path: {Place.Repository} }} }}\npassphrase: {inManifest}\n");
            config = ["--config", path];
        }

        (await Place.Holdfast.TryRunAsync(["list", .. config, .. options])).Expect(exitCode);
    }
}
