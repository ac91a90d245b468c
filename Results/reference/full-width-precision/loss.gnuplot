# Draws loss.svg from loss.csv; gnuplot -e "format='png'" loss.gnuplot draws loss.png.
if (!exists("format")) format = 'svg'
if (format eq 'png') {
    set terminal pngcairo noenhanced size 900,530 font 'DejaVu Sans,10' fontscale 2.5 linewidth 2.5 pointscale 2.5
} else {
    set terminal svg noenhanced size 360,212 font 'DejaVu Sans,10' background 'white'
}
set output 'loss.' . format
set datafile separator comma
set label 1 'PSNR of the integer minus the float network,'."\n".'ten layers [dB]' at screen 0.5,0.93396 center font ',10'
set xlabel 'weights [bit]'
set ylabel 'activations [bit]'
set lmargin at screen 0.172222
set rmargin at screen 0.966667
set tmargin at screen 0.801887
set bmargin at screen 0.235849
unset key
unset colorbox
set tics scale 0 nomirror
set xtics ('6' 0, '8' 1, '10' 2, '12' 3)
set ytics ('8' 0, '10' 1, '12' 2, '14' 3)
set xrange [-0.5:3.5]
set yrange [-0.5:3.5]
set object 1 rectangle from -0.5,-0.5 to 0.5,0.5 fillcolor rgb '#8c8c8c' fillstyle solid noborder
set label 2 '-0.623' at 0,0 center front font ',8'
set object 2 rectangle from 0.5,-0.5 to 1.5,0.5 fillcolor rgb '#bdbdbd' fillstyle solid noborder
set label 3 '-0.355' at 1,0 center front font ',8'
set object 3 rectangle from 1.5,-0.5 to 2.5,0.5 fillcolor rgb '#c2c2c2' fillstyle solid noborder
set label 4 '-0.331' at 2,0 center front font ',8'
set object 4 rectangle from 2.5,-0.5 to 3.5,0.5 fillcolor rgb '#c1c1c1' fillstyle solid noborder
set label 5 '-0.336' at 3,0 center front font ',8'
set object 5 rectangle from -0.5,0.5 to 0.5,1.5 fillcolor rgb '#c2c2c2' fillstyle solid noborder
set label 6 '-0.331' at 0,1 center front font ',8'
set object 6 rectangle from 0.5,0.5 to 1.5,1.5 fillcolor rgb '#f7f7f7' fillstyle solid noborder
set label 7 '-0.044' at 1,1 center front font ',8'
set object 7 rectangle from 1.5,0.5 to 2.5,1.5 fillcolor rgb '#fafafa' fillstyle solid noborder
set label 8 '-0.029' at 2,1 center front font ',8'
set object 8 rectangle from 2.5,0.5 to 3.5,1.5 fillcolor rgb '#fafafa' fillstyle solid noborder
set label 9 '-0.029' at 3,1 center front font ',8'
set object 9 rectangle from -0.5,1.5 to 0.5,2.5 fillcolor rgb '#c3c3c3' fillstyle solid noborder
set label 10 '-0.323' at 0,2 center front font ',8'
set object 10 rectangle from 0.5,1.5 to 1.5,2.5 fillcolor rgb '#fbfbfb' fillstyle solid noborder
set label 11 '-0.022' at 1,2 center front font ',8'
set object 11 rectangle from 1.5,1.5 to 2.5,2.5 fillcolor rgb '#ffffff' fillstyle solid noborder
set label 12 '0.001' at 2,2 center front font ',8'
set object 12 rectangle from 2.5,1.5 to 3.5,2.5 fillcolor rgb '#ffffff' fillstyle solid noborder
set label 13 '-0.001' at 3,2 center front font ',8'
set object 13 rectangle from -0.5,2.5 to 0.5,3.5 fillcolor rgb '#c4c4c4' fillstyle solid noborder
set label 14 '-0.319' at 0,3 center front font ',8'
set object 14 rectangle from 0.5,2.5 to 1.5,3.5 fillcolor rgb '#fbfbfb' fillstyle solid noborder
set label 15 '-0.021' at 1,3 center front font ',8'
set object 15 rectangle from 1.5,2.5 to 2.5,3.5 fillcolor rgb '#ffffff' fillstyle solid noborder
set label 16 '0.001' at 2,3 center front font ',8'
set object 16 rectangle from 2.5,2.5 to 3.5,3.5 fillcolor rgb '#ffffff' fillstyle solid noborder
set label 17 '-0.001' at 3,3 center front font ',8'
plot NaN notitle
