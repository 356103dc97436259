using FsCheck;
using FsCheck.Fluent;

namespace Holdfast.Tests;

/// <summary>Runs a property over generated values and fails the test with the smallest counterexample.</summary>
internal static class Property
{
    public static Gen<byte> Byte { get; } = Gen.Choose(0, 255).Select(value => (byte)value);

    /// <summary>Byte strings rich in what names and texts stumble over: escapes, quotes, controls, multi-byte and broken UTF-8.</summary>
    public static Gen<byte[]> AwkwardBytes { get; } = Gen.Frequency(
            (4, Gen.Choose(0x20, 0x7E).Select(value => new[] { (byte)value })),
            (2, Byte.Select(value => new[] { value })),
            (2, Gen.Elements("\"\\'<>&\n\r\t\a\b\f\v\u001b\u007f/".Select(c => new[] { (byte)c }).ToArray())),
            (2, Gen.Choose(0x80, 0x10FFFF).Where(System.Text.Rune.IsValid)
                .Select(value => System.Text.Encoding.UTF8.GetBytes(new System.Text.Rune(value).ToString()))),
            (1, Gen.Elements<byte[]>([0xED, 0xA0, 0x80], [0xC0, 0x80], [0xE2, 0x82], [0xF4, 0x90, 0x80, 0x80], [0xEF, 0xBF, 0xBD])))
        .ListOf().Select(parts => parts.SelectMany(part => part).ToArray());

    public static void Check<T>(Gen<T> values, Func<T, bool> holds) => Check(values, 100, holds);

    public static void Check<T>(Gen<T> values, int times, Func<T, bool> holds) =>
        Prop.ForAll(values.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(times).WithQuietOnSuccess(true));
}
