# Draws ciphertext-panels.svg from ciphertext-panels.csv; gnuplot -e "format='png'" ciphertext-panels.gnuplot draws ciphertext-panels.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,555 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,222 font 'DejaVu Sans,10' background 'white'
}
set output 'ciphertext-panels.' . format
set datafile separator comma
set multiplot
set label 1 'A patch and its ciphertexts, as greys' at screen 0.5,0.94595 center font ',10'
unset key
unset tics
set border linewidth 0.5
set palette gray
set xrange [-0.5:64.0-0.5]
set yrange [64.0-0.5:-0.5]
set lmargin at screen 0.016667
set rmargin at screen 0.48889
set bmargin at screen 0.045045
set tmargin at screen 0.81081
set label 2 'original' at screen 0.25278,0.84234 center font ',9'
set cbrange [-1024.0:3071.0]
unset colorbox
plot 'ciphertext-panels.csv' index 0 matrix with image
unset label
set lmargin at screen 0.51111
set rmargin at screen 0.98333
set bmargin at screen 0.045045
set tmargin at screen 0.81081
set label 2 'ciphertexts' at screen 0.74722,0.84234 center font ',9'
set cbrange [-1024.0:3071.0]
unset colorbox
plot 'ciphertext-panels.csv' index 1 matrix with image
unset label
unset multiplot
