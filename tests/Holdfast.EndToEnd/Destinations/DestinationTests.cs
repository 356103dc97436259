using System.Text;
using System.Text.Json;
using Holdfast.EndToEnd.Cli;
using Holdfast.EndToEnd.Restic;
using Holdfast.Restic;
using Holdfast.Restic.Backends.Local;
using Holdfast.Restic.Crypto;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Destinations;

/// <summary>An application with two repositories in folders, the second with a passphrase and a policy of its own; a test may add a third.</summary>
public abstract class DestinationTests : WorkplaceTests
{
    private protected const string SecondPassphrase = "the second passphrase";

    private protected string Second => Place["second"];

    private protected ResticProgram SecondRestic => ResticProgram.On(Second, SecondPassphrase);

    private protected string Manifest => Path.Combine(Place.Application, "holdfast.yaml");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Place.Holdfast.With("HOLDFAST_REPOSITORY", null);
        await MakeAsync(Second, SecondPassphrase);
        WriteKey("second.key", SecondPassphrase);
        Declare();
        Place.Database("shop.db");
        Place.Write("notes/one", "1");
    }

    /// <summary>Writes the manifest, with more repositories at the end.</summary>
    private protected void Declare(string more = "", string second = "{ path: ../second, passphrase: { file: ../second.key }, keep: { last: 1 } }") => Place.Write("holdfast.yaml", $$"""
        application: shop
        databases: { main: { sqlite: shop.db } }
        files: { notes: [notes] }
        repositories:
          first: { path: ../repository }
          second: {{second}}
        {{more}}
        backup: { keep: { last: 2 } }
        """);

    private protected static async Task MakeAsync(string folder, string passphrase)
    {
        var options = new RepositoryOptions { KeyCost = new ScryptParameters(1024, 8, 1) };
        (await Repository.InitializeAsync(new LocalBackend(folder), Encoding.UTF8.GetBytes(passphrase), options, OwnRepository.Identity, TimeProvider.System, Token)).Dispose();
    }

    private protected void WriteKey(string name, string passphrase)
    {
        File.WriteAllText(Place[name], passphrase);
        File.SetUnixFileMode(Place[name], UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private protected Task<JsonElement> RunAsync(int exitCode, params string[] arguments) => Place.JsonAsync(exitCode, [.. arguments, "--config", Manifest]);

    private protected Task<ProgramResult> TellAsync(params string[] arguments) => Place.Holdfast.TryRunAsync([.. arguments, "--config", Manifest]);

    /// <summary>How many snapshots restic finds.</summary>
    private protected static async Task<int> CountAsync(ResticProgram restic) => (await restic.RunAsync("snapshots", "--json")).Json().GetArrayLength();

    private protected static JsonElement Of(JsonElement backup, string name) =>
        backup.GetProperty("repositories").EnumerateArray().Single(repository => repository.Text("name") == name);

    /// <summary>The repository is out of reach while this is not disposed.</summary>
    private protected static IDisposable Without(string folder) => new Absence(folder);

    private sealed class Absence : IDisposable
    {
        private readonly string _folder;

        internal Absence(string folder)
        {
            _folder = folder;
            Directory.Move(folder, folder + ".away");
        }

        public void Dispose() => Directory.Move(_folder + ".away", _folder);
    }
}
