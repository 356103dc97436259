using System.Text;
using Holdfast.Engine.Files;
using Holdfast.Engine.Repositories;
using Holdfast.Restic;
using Holdfast.Restic.Crypto;
using Holdfast.Restic.Keys;
using Holdfast.Testing;
using Xunit;

namespace Holdfast.EndToEnd.Cli;

/// <summary>Makes an empty repository at an address, whose key is quick to open, with the passphrase of a program.</summary>
internal static class NewRepository
{
    public static async Task InitializeAsync(string address, HoldfastProgram program)
    {
        var options = new StorageOptions { Environment = program.Variables.GetValueOrDefault, Notice = static _ => { } };
        await using var storage = await RepositoryStorage.OpenAsync(RepositoryAddress.Parse(address, FilePath.Root), options, TimeProvider.System, TestContext.Current.CancellationToken);
        using var made = await Repository.InitializeAsync(
            storage.Backend,
            Encoding.UTF8.GetBytes(program.Variables["HOLDFAST_PASSPHRASE"]!),
            new RepositoryOptions { KeyCost = new ScryptParameters(16, 8, 1) },
            new ClientIdentity("host", "tester", Environment.ProcessId, 0, 0),
            TimeProvider.System,
            TestContext.Current.CancellationToken);
    }
}
